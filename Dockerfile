# One image for nodes, bot and tools. The first stage builds the client with the development packages; the second holds what runs.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The bundler's own program is an optional package.
RUN npm ci --include=dev --include=optional --no-audit --no-fund
COPY . .
RUN node node_modules/vite/bin/vite.js build web

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force

FROM node:24-slim
WORKDIR /app
# A young generation that is small and an old one that is collected before it doubles: memory stays near what the caches hold.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 NODE_OPTIONS="--max-semi-space-size=4 --max-old-space-size=448 --v8-pool-size=1"
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY schema ./schema
COPY consensus ./consensus
COPY server ./server
COPY bot ./bot
COPY --from=build /app/web/dist ./web/dist
RUN mkdir -p /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000 4100
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4000/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "server/command-line/instaface.ts"]
CMD ["node"]
