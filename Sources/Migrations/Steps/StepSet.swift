/// The steps of a source in order, and its lock.
public struct StepSet: Sendable {
    public let steps: [Step]
    public let lock: ReleaseLock

    public subscript(number: Int) -> Step? {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < steps.count && steps[low].number == number ? steps[low] : nil
    }
}
