import { Check, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { dismissToast, toasts } from './toasts.ts';
import type { Toast } from './toasts.ts';
import { useObservable } from './use-observable.ts';

export function ToastList(): ReactNode {
  const shown = useObservable(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastLine({ toast }: { readonly toast: Toast }): ReactNode {
  const { retry } = toast;
  return (
    <div className={`toast toast-${toast.tone}`}>
      {toast.tone === 'ok' ? <Check size={16} aria-hidden /> : <TriangleAlert size={16} aria-hidden />}
      <p>
        {toast.text} <span className="figure faint">{toast.note}</span>
      </p>
      {retry === null ? null : (
        <button
          type="button"
          className="button"
          onClick={() => {
            dismissToast(toast.id);
            retry();
          }}
        >
          Retry
        </button>
      )}
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => dismissToast(toast.id)}>
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}
