/// The form in which values travel. Both forms are read as the same Swift values.
public enum PostgresFormat: Int32, Sendable {
    case text = 0
    /// Numbers, times and UUIDs need no parsing; a value of a type that only the server can write as text (`regclass`,
    /// `inet`, `money`, …) cannot be read.
    case binary = 1
}
