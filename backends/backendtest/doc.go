// Package backendtest proves that a store keeps the contract of the package
// backends. Whoever writes a store runs it in a test of their own:
//
//	func TestConformance(t *testing.T) {
//		backendtest.Run(t, backendtest.Harness{Open: func(t *testing.T) (one, other backends.Store) {
//			return open(t), open(t) // two clients of one server
//		}})
//	}
//
// Every subtest stands for sentences of the contract: the tables at the head of
// this package's files say which, [Run] logs them where a subtest fails, and a test
// of this package finds the sentence that none stands for. What a subtest needs beyond two clients, such as a way to make the store
// lose a generation, is a field of [Harness]: without it, the subtest is skipped
// and says which field is missing.
//
// The suite never waits for a time to pass. It waits until the store says that a
// lease is over, and judges by what the store said meanwhile, so that a slow
// machine does not fail it.
package backendtest
