import { useNavigate } from '@tanstack/react-router';
import { Download, Radio, SkipBack, SkipForward, StepBack, StepForward, Upload } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { countOf, formatCount } from '../shell/figures.ts';
import { showToast } from '../shell/toasts.ts';
import { readRecording, writeRecording } from './event-file.ts';
import { imported } from './event-feed.ts';
import { nameOf } from './event-log.ts';
import type { EventLog } from './event-log.ts';
import { eventWords, isMarker } from './event-words.ts';

const EVENTS_SHOWN = 7;
const FILE_BYTES_MAX = 64_000_000;

export interface ScrubberProps {
  readonly log: EventLog;
  /** The place of the event that is looked at; null: now. */
  readonly place: number | null;
  /** The event that the address names is not held. */
  readonly isGone: boolean;
}

/** Back and forward through what happened; the address names the event, so that it can be shown to others. */
export function Scrubber({ log, place, isGone }: ScrubberProps): ReactNode {
  const navigate = useNavigate({ from: '/cluster' });
  const last = log.first + log.count - 1;
  const at = place ?? last;
  const go = (next: number | null): void => {
    const found = next === null ? undefined : log.at(Math.min(Math.max(next, log.first), last));
    void navigate({
      to: '.',
      search: ({ at: _at, ...rest }) => (found === undefined ? rest : { ...rest, at: nameOf(found.event) }),
      replace: true,
      resetScroll: false,
    });
  };
  const live = (): void => {
    imported.set(null);
    go(null);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === ',') go(event.shiftKey ? markerFrom(log, at, -1) : at - 1);
    else if (event.key === '.') go(at + 1);
    else if (event.key === '<') go(markerFrom(log, at, -1));
    else if (event.key === '>') go(markerFrom(log, at, 1));
    else return;
    event.preventDefault();
  };
  return (
    <section className="scrubber" aria-label="What happened" onKeyDown={onKey}>
      <div className="scrubber-bar">
        <Act name="To the marker before (<)" icon={SkipBack} onAct={() => go(markerFrom(log, at, -1))} />
        <Act name="One event back (,)" icon={StepBack} onAct={() => go(at - 1)} />
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={place === null ? 'now' : wordsAt(log, at)}
          min={log.first}
          max={Math.max(last, log.first)}
          value={at}
          disabled={log.count === 0}
          onChange={(event) => go(Number(event.target.value))}
        />
        <Act name="One event forward (.)" icon={StepForward} onAct={() => go(at + 1)} />
        <Act name="To the marker after (>)" icon={SkipForward} onAct={() => go(markerFrom(log, at, 1))} />
        <button type="button" className="button" aria-pressed={place === null} onClick={live}>
          <Radio size={15} aria-hidden />
          Live
        </button>
        <Act name="Save the recording as a file" icon={Download} onAct={() => save(log)} />
        <FileButton />
      </div>
      <p className="figure faint" role="status">
        {isGone ? 'The moment that the address names is not in this recording. ' : ''}
        {place === null ? held(log) : `${timeOf(log, at)} · ${formatCount(at - log.first + 1)} of ${held(log)}`}
      </p>
      <EventLines log={log} at={at} isLive={place === null} onGo={go} />
    </section>
  );
}

function held(log: EventLog): string {
  const gaps = log.gaps === 0 ? '' : `, ${countOf(log.gaps, 'gap', 'gaps')}`;
  const since = log.count === 0 ? '' : ` since ${timeOf(log, log.first)}`;
  return `${countOf(log.count, 'event', 'events')}${since}${gaps}`;
}

function timeOf(log: EventLog, place: number): string {
  const atMs = log.at(place)?.atMs;
  if (atMs === undefined) return '–';
  const date = new Date(atMs);
  const pad = (value: number, digits = 2): string => `${value}`.padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

function wordsAt(log: EventLog, place: number): string {
  const found = log.at(place);
  return found === undefined ? 'nothing' : `${timeOf(log, place)}, ${eventWords(found.event)}`;
}

/** The next election, plug or link in a direction; the place itself where there is none. */
function markerFrom(log: EventLog, place: number, step: 1 | -1): number {
  for (let next = place + step; ; next += step) {
    const found = log.at(next);
    if (found === undefined) return place;
    if (isMarker(found.event)) return next;
  }
}

interface EventLinesProps {
  readonly log: EventLog;
  readonly at: number;
  readonly isLive: boolean;
  readonly onGo: (place: number) => void;
}

/** The events up to the moment and a few after it; as many rows as there is place for, so that nothing below moves. */
function EventLines({ log, at, isLive, onGo }: EventLinesProps): ReactNode {
  const end = isLive ? at : Math.min(at + 2, log.first + log.count - 1);
  const places = Array.from({ length: EVENTS_SHOWN }, (_, row) => end - EVENTS_SHOWN + 1 + row);
  return (
    <ol className="event-lines" aria-label="Events">
      {places.map((place, row) => {
        const found = log.at(place);
        if (found === undefined) return <li key={row} />;
        return (
          <li key={row}>
            <button
              type="button"
              className={isMarker(found.event) ? 'event-line event-marker' : 'event-line'}
              data-event={nameOf(found.event)}
              aria-current={!isLive && place === at ? 'true' : undefined}
              onClick={() => onGo(place)}
            >
              <span className="figure faint">{timeOf(log, place)}</span> {eventWords(found.event)}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

interface ActProps {
  readonly name: string;
  readonly icon: typeof SkipBack;
  readonly onAct: () => void;
}

function Act({ name, icon: Icon, onAct }: ActProps): ReactNode {
  return (
    <button type="button" className="icon-button" aria-label={name} title={name} onClick={onAct}>
      <Icon size={16} aria-hidden />
    </button>
  );
}

function save(log: EventLog): void {
  const url = URL.createObjectURL(new Blob([writeRecording(log)], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: 'instaface-events.json' });
  link.click();
  URL.revokeObjectURL(url);
}

function FileButton(): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  // The address may name a moment of what is about to be opened: it is kept until the reader moves.
  useEffect(() => () => imported.set(null), []);
  const open = async (file: File): Promise<void> => {
    const read =
      file.size > FILE_BYTES_MAX ? { problem: 'This file is larger than 64 MB.' } : readRecording(await file.text());
    if ('log' in read) imported.set(read.log);
    else showToast({ tone: 'bad', text: read.problem, note: file.name, retry: null });
  };
  return (
    <>
      <Act name="Open a recording" icon={Upload} onAct={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        hidden
        accept="application/json"
        aria-label="Recording"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) void open(file);
        }}
      />
    </>
  );
}
