// Package judge says whether a history could have come from one database without a
// cache: whether it is linearizable for each register.
//
// A register's versions are made by the database, under the row's lock, each one more
// than the last. That makes an exact check possible that takes linear time, where the
// general problem is NP-complete: the order of the writes is the order of their
// versions, so that a history is linearizable if and only if
//
//   - what began after a version had been acknowledged to its writer, or returned to
//     anyone, returns that version or a later one (otherwise it is stale);
//   - no read returns a version whose write began after the read had ended, that was
//     rolled back, or that nobody made.
//
// Every row names the write that made it, so that two writes of one version, of which
// one was rolled back, are told apart. A write whose outcome is not known may have
// happened or not, as what was read says.
//
// [Sample] puts some of the registers before the general checker porcupine too.
package judge
