// Runs before each test file. graphql compares every object with every one of its classes by name as well, unless it is
// loaded for production, and the tests would spend a fifth of their time on that.
const { NODE_ENV } = process.env;
process.env.NODE_ENV = 'production';
require('graphql');
process.env.NODE_ENV = NODE_ENV;
