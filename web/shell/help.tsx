import type { ReactNode } from 'react';
import { hasKeys, isHelpOpen, KEY_MAP, setKeys } from './keyboard.ts';
import { Modal } from './modal.tsx';
import { useObservable } from './use-observable.ts';

export function Help(): ReactNode {
  const isOpen = useObservable(isHelpOpen);
  const isOn = useObservable(hasKeys);
  if (!isOpen) return null;
  return (
    <Modal title="Keys" onClose={() => isHelpOpen.set(false)}>
      {KEY_MAP.map(({ title, keys: rows }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl className="keys">
            {rows.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  {keys.split(' ').map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <label className="check">
        <input type="checkbox" checked={isOn} onChange={(event) => setKeys(event.target.checked)} />
        Single keys do something
      </label>
    </Modal>
  );
}
