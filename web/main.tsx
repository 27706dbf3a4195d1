import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { connection, graphClient } from './connection/graph-client.ts';
import { identifyNodes } from './connection/who-answers.ts';
import { loadClusterSoon } from './cluster/later.ts';
import { router } from './shell/router.tsx';
import './shell/theme.ts';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/graph.css';

identifyNodes();
connection.start();
loadClusterSoon(2_000);

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element with the id root');
createRoot(place).render(
  <StrictMode>
    <Provider value={graphClient}>
      <RouterProvider router={router} />
    </Provider>
  </StrictMode>,
);
