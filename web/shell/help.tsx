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
      <dl className="keys">
        {KEY_MAP.map(([keys, does]) => (
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
      <label className="check">
        <input type="checkbox" checked={isOn} onChange={(event) => setKeys(event.target.checked)} />
        Single keys do something
      </label>
    </Modal>
  );
}
