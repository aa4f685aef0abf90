import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import parts from './parts.module.css';
import { tokenVariables } from './tokens.js';

// Shade 6 is the accent in light, shade 4 in dark (see primaryShade); the others serve Mantine's own states.
const accent: MantineColorsTuple = [
  '#eef2fd',
  '#dde5fa',
  '#b8c6f6',
  '#9aaef6',
  '#7c93f5',
  '#5a75e6',
  '#3b5bdb',
  '#3450c4',
  '#2c44a8',
  '#24388b',
];

/** Mantine's components with the tokens of this app. What they look like is decided here and in parts.module.css. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 4 },
  colors: { accent },
  autoContrast: true,
  luminanceThreshold: 0.3,
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '15px', xl: '22px' },
  lineHeights: { xs: '1.45', sm: '1.45', md: '1.45', lg: '1.45', xl: '1.3' },
  headings: {
    fontWeight: '640',
    sizes: { h1: { fontSize: '22px' }, h2: { fontSize: '15px' }, h3: { fontSize: '14px' } },
  },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 32 }, classNames: { root: parts.action } },
    Button: { defaultProps: { size: 'sm', variant: 'filled' }, classNames: { root: parts.button } },
    Input: { classNames: { input: parts.input } },
    InputWrapper: { classNames: { label: parts.label, description: parts.description, error: parts.error } },
    Menu: { classNames: { dropdown: parts.dropdown, item: parts.menuItem } },
    Modal: {
      defaultProps: { radius: 'lg', centered: true, overlayProps: { backgroundOpacity: 0.45 } },
      classNames: { content: parts.modal, header: parts.modalHeader, title: parts.modalTitle },
    },
    // As a banner it would be a second one beside the shell's on a phone.
    ModalHeader: { defaultProps: { role: 'none' } },
    SegmentedControl: { classNames: { root: parts.segments, indicator: parts.segment } },
    Switch: { classNames: { root: parts.switch, track: parts.switchTrack, thumb: parts.switchThumb } },
    Tooltip: {
      defaultProps: { openDelay: 350, withArrow: false, events: { hover: true, focus: true, touch: false } },
      classNames: { tooltip: parts.tooltip },
    },
  },
});

/** Hands the tokens to the style sheets, and puts them under Mantine's own names where it has one. */
export const cssVariables: CSSVariablesResolver = () => {
  const own = {
    '--mantine-color-body': 'var(--il-page)',
    '--mantine-color-text': 'var(--il-text)',
    '--mantine-color-dimmed': 'var(--il-muted)',
    '--mantine-color-placeholder': 'var(--il-muted)',
    '--mantine-color-anchor': 'var(--il-accent)',
    '--mantine-color-default': 'var(--il-card)',
    '--mantine-color-default-hover': 'var(--il-soft)',
    '--mantine-color-default-border': 'var(--il-line)',
    '--mantine-color-default-color': 'var(--il-text)',
    '--mantine-color-error': 'var(--il-offline-text)',
  };
  return {
    variables: {},
    light: { ...tokenVariables('light'), ...own },
    dark: { ...tokenVariables('dark'), ...own },
  };
};
