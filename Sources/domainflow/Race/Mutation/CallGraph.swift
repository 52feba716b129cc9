import RaceLab

/// Which functions mention which, to find the tests and scenarios that a change of a function can reach.
///
/// Words are compared, not calls: a function that writes another one mentions in a text what that other one calls.
struct CallGraph {
    private var callers: [String: Set<String>] = [:]

    init(_ functions: [MutatedFunction]) {
        let names = Set(functions.map(\.word))
        for function in functions {
            for called in TestFile.words(of: function.definition).intersection(names) where called != function.word {
                callers[called, default: []].insert(function.word)
            }
        }
    }

    /// The functions whose behaviour may change with this one, each with the number of calls between them.
    func reached(from word: String) -> [String: Int] {
        var distances = [word: 0]
        var queue = [word]
        while !queue.isEmpty {
            let next = queue.removeFirst()
            for caller in (callers[next] ?? []).sorted() where distances[caller] == nil {
                distances[caller] = distances[next, default: 0] + 1
                queue.append(caller)
            }
        }
        return distances
    }

    /// How far a text is from the function; nil if it mentions nothing that a change of it reaches.
    static func distance(of words: Set<String>, _ reached: [String: Int]) -> Int? {
        reached.filter { words.contains($0.key) }.map(\.value).min()
    }
}
