import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import { Brand } from './brand.js';
import classes from './entry-page.module.css';

interface EntryPageProps {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}

/** A page outside of the shell, with one thing to do. */
export function EntryPage({ title, lead, children }: EntryPageProps) {
  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <Brand />
        <Paper withBorder radius="lg" className={classes.card ?? ''}>
          <h1>{title}</h1>
          {lead && <p className={classes.lead}>{lead}</p>}
          {children}
        </Paper>
      </div>
    </main>
  );
}
