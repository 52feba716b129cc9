/// All ids of a list, in order. Reads a page when the one before is used up, until the list is complete.
///
/// Each page is exact for the moment at which it is read. For one moment, read the list in a transaction at REPEATABLE READ.
public struct AccessList: AsyncSequence, Sendable {
    public typealias Element = String

    let page: @Sendable (_ after: String) async throws -> AccessPage

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(page: page) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let page: @Sendable (_ after: String) async throws -> AccessPage
        private var ids: ArraySlice<String> = []
        /// nil when there are no more pages.
        private var after: String? = ""

        init(page: @escaping @Sendable (_ after: String) async throws -> AccessPage) { self.page = page }

        public mutating func next() async throws -> String? {
            while ids.isEmpty, let start = after {
                let read = try await page(start)
                (ids, after) = (read.ids[...], read.next)
            }
            return ids.popFirst()
        }
    }
}
