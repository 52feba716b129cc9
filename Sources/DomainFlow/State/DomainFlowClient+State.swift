import Foundation
import PQClient

extension DomainFlowClient {
    /// Defines or changes a state machine: `{"initial": …, "states": {…}, "transitions": [{"from": …, "to": …}]}`. Returns its revision;
    /// the same definition again changes nothing.
    @discardableResult
    public func defineStateMachine(_ machine: String, definition: PostgresJSON) async throws -> Int {
        try await value("SELECT domainflow.define_state_machine(p_machine => \(machine)::text, p_definition => \(definition)::jsonb)")
    }

    /// Puts an entity into the initial state of the machine. If the entity exists, the answer says so (`RES_ALREADY_EXISTS`); it is not an
    /// error.
    @discardableResult
    public func createStateInstance(
        machine: String, entityID: String, actor: String? = nil, context: PostgresJSON? = nil
    ) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.create_state_instance(
                  p_machine => \(machine)::text, p_entity_id => \(entityID)::text, p_actor => \(actor)::text,
                  p_context => \(context)::jsonb)
            """, TransitionResult.init)
    }

    /// Moves an instance to another state and writes the event, in one transaction.
    public func transition(
        machine: String, entityID: String, to state: String, expectedVersion: Int64? = nil, actor: String? = nil, reason: String? = nil,
        context: PostgresJSON? = nil
    ) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.transition_state(
                  p_machine => \(machine)::text, p_entity_id => \(entityID)::text, p_to => \(state)::text,
                  p_expected_version => \(expectedVersion)::bigint, p_actor => \(actor)::text, p_reason => \(reason)::text,
                  p_context => \(context)::jsonb)
            """, TransitionResult.init)
    }

    /// Moves many instances in one statement. The answers come in the order of the moves, and a refused move does not stop the others.
    /// Each entity may occur only once.
    public func transition(
        machine: String, _ moves: [StateMove], actor: String? = nil, reason: String? = nil, context: PostgresJSON? = nil
    ) async throws -> [TransitionResult] {
        try await rows(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.transition_states(
                  p_machine => \(machine)::text, p_entity_ids => \(moves.map(\.entityID))::text[], p_to => \(moves.map(\.state))::text[],
                  p_expected_versions => \(moves.map(\.expectedVersion))::bigint[], p_actor => \(actor)::text,
                  p_reason => \(reason)::text, p_context => \(context)::jsonb)
            """, TransitionResult.init)
    }

    /// The answer that ``transition(machine:entityID:to:expectedVersion:actor:reason:context:)`` would give now, without the transition.
    public func validateTransition(
        machine: String, entityID: String, to state: String, expectedVersion: Int64? = nil, context: PostgresJSON? = nil
    ) async throws -> TransitionResult {
        try await row(
            """
            SELECT \(unescaped: TransitionResult.columns)
              FROM domainflow.validate_transition(
                  p_machine => \(machine)::text, p_entity_id => \(entityID)::text, p_to => \(state)::text,
                  p_expected_version => \(expectedVersion)::bigint, p_context => \(context)::jsonb)
            """, TransitionResult.init)
    }

    /// All events of one entity in the order of its versions; empty if the machine does not know the entity.
    public func stateHistory(machine: String, entityID: String) async throws -> [StateEvent] {
        try await rows(
            """
            SELECT machine, entity_id, version, from_state, to_state, actor, reason, context::text, occurred_at, transaction_id::text,
                   correlation_id
              FROM domainflow.state_history(p_machine => \(machine)::text, p_entity_id => \(entityID)::text)
            """, StateEvent.init)
    }

    /// The state of an entity at a moment, found by replaying its events; nil if it did not exist yet.
    public func state(machine: String, entityID: String, at moment: Date) async throws -> StateAtMoment? {
        try await row(
            """
            SELECT state, version, occurred_at
              FROM domainflow.state_at(p_machine => \(machine)::text, p_entity_id => \(entityID)::text, p_at => \(moment)::timestamptz)
            """
        ) { row in
            guard let state = try row.get("state", as: String?.self) else { return nil }
            return StateAtMoment(state: state, version: try row.get("version"), occurredAt: try row.get("occurred_at"))
        }
    }
}
