/// The server answered something else than what the statement must give.
struct WrongAnswer: Error {}
