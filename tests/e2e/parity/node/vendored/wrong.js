module.exports = 'wrong';
