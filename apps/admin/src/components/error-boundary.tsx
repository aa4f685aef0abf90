import { Component, type ReactNode } from 'react';

interface ErrorBoundaryProps {
  /** What stands in place of what crashed. `retry` renders it anew. */
  fallback: (retry: () => void) => ReactNode;
  /** Another value is another place: what crashed before is given up, and the children are rendered again. */
  resetKey?: string;
  children: ReactNode;
}

/** Keeps a crash while rendering to the part below it. React itself writes the error to the console. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override componentDidUpdate(before: ErrorBoundaryProps, { crashed }: { crashed: boolean }) {
    // Not when the new place is what crashed: that would render it twice.
    if (crashed && before.resetKey !== this.props.resetKey) this.retry();
  }

  private readonly retry = () => this.setState({ crashed: false });

  override render() {
    return this.state.crashed ? this.props.fallback(this.retry) : this.props.children;
  }
}
