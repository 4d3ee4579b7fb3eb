import { describe, expect, it } from '@jest/globals';
import { hubShape, readSettings, withDemoDefaults, withPassword } from './environment.js';

describe('the settings', () => {
  it('name every missing or wrong one together', () => {
    const read = () => readSettings(hubShape, { HUB_PORT: 'abc', HUB_SECRET: 'short', OIDC_ISSUER: 'somewhere' });
    expect(read).toThrow(
      /HUB_PORT: must be a port number[\s\S]*HUB_SECRET: must have at least 16 characters[\s\S]*OIDC_ISSUER: must be an http/,
    );
  });

  it('count an empty variable as missing', () => {
    expect(readSettings(hubShape, { HUB_PORT: '' }).HUB_PORT).toBe(4000);
  });

  it('fall back to the demo outside production only', () => {
    expect(withDemoDefaults(readSettings(hubShape, {})).OIDC_ISSUER).toBe('http://localhost:4005');
    const production = readSettings(hubShape, { NODE_ENV: 'production' });
    expect(() => withDemoDefaults(production)).toThrow(
      /OIDC_ISSUER: production needs[\s\S]*HUB_SECRET: production needs/,
    );
    const demoIssuer = readSettings(hubShape, {
      NODE_ENV: 'production',
      OIDC_ISSUER: 'http://localhost:4005',
      HUB_SECRET: 'x'.repeat(20),
    });
    expect(() => withDemoDefaults(demoIssuer)).toThrow('a real identity provider at an https address');
  });

  it('derive a role’s password only where its address has none', () => {
    expect(withPassword('postgresql://a:own@h/d', 'secret')).toBe('postgresql://a:own@h/d');
    expect(new URL(withPassword('postgresql://a@h/d', 'secret')).password).toHaveLength(43);
  });
});
