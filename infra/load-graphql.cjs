// Loaded before a program's own modules. graphql compares realms at each look at a type unless NODE_ENV says production
// as it is loaded, which made up half of the work with a type; here there is one copy of it, and npm sees to that.
const { NODE_ENV } = process.env;
process.env.NODE_ENV = 'production';
require('./quick-inputs.cjs');
if (NODE_ENV === undefined) delete process.env.NODE_ENV;
else process.env.NODE_ENV = NODE_ENV;
