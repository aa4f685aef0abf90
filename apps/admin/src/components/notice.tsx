import type { ReactNode } from 'react';
import classes from './notice.module.css';

interface NoticeProps {
  tone: 'offline' | 'attention' | 'plain';
  icon?: ReactNode;
  /** The fact, in bold. */
  fact: ReactNode;
  /** What helps. */
  hint?: ReactNode;
  /** One action. */
  action?: ReactNode;
  /** Read out when it appears: for what answers something the reader has just done. */
  announce?: boolean;
}

/** Says what is the matter in the place it belongs to, and stays there for as long as it is true. */
export function Notice({ tone, icon, fact, hint, action, announce = false }: NoticeProps) {
  return (
    <div className={classes.notice} data-tone={tone} role={announce ? 'alert' : undefined}>
      {icon && <span className={classes.icon}>{icon}</span>}
      <p className={classes.words}>
        <strong>{fact}</strong>
        {hint && <> {hint}</>}
      </p>
      {action && <span className={classes.action}>{action}</span>}
    </div>
  );
}
