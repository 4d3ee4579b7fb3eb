import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/**
 * What a class says of itself to the API and to the database is not a rule of the ledger: decorators, and the
 * descriptions of enums.
 */
const leaveOutDescriptions = {
  shouldIgnore(path) {
    const describes = path.isDecorator() || (path.isCallExpression() && path.node.callee.name === 'registerEnumType');
    return describes ? 'It describes a type; it is no rule.' : undefined;
  },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'descriptions', leaveOutDescriptions)];
