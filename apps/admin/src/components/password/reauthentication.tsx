import { lazy, Suspense } from 'react';
import type { ReauthenticationDialogProps } from './reauthentication-dialog.js';

const ReauthenticationDialog = lazy(() =>
  import('./reauthentication-dialog.js').then((module) => ({ default: module.ReauthenticationDialog })),
);

/** The dialog that asks for the password once more. It is fetched when it is needed: few ever see it. */
export function Reauthentication(props: ReauthenticationDialogProps) {
  return (
    <Suspense fallback={null}>
      <ReauthenticationDialog {...props} />
    </Suspense>
  );
}
