-- A state machine as data: allowed ways, guards, terminal states, history, and the state at a moment.
CREATE FUNCTION public.has_lines(p_machine text, p_entity_id text, p_from text, p_to text, p_context jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT COALESCE(p_context ? 'lines', false) $$;
SELECT domainflow.define_state_machine('invoice', '{"initial": "draft",
    "states": {"draft": {}, "sent": {}, "paid": {"terminal": true}},
    "transitions": [{"from": "draft", "to": "sent", "guard": "public.has_lines"}, {"from": "sent", "to": "paid"}]}');
SELECT success, to_state, new_version FROM domainflow.create_state_instance('invoice', '7', 'ada');

SELECT success, from_state, to_state, new_version, error_code FROM domainflow.transition_state('invoice', '7', 'paid');
SELECT success, from_state, to_state, new_version, error_code FROM domainflow.transition_state('invoice', '7', 'sent');
SELECT success, from_state, to_state, new_version, error_code
  FROM domainflow.validate_transition('invoice', '7', 'sent');
SELECT success, from_state, to_state, new_version, error_code
  FROM domainflow.transition_state('invoice', '7', 'sent', p_actor => 'ada', p_reason => 'approved', p_context => '{"lines": 3}');
SELECT success, error_code FROM domainflow.transition_state('invoice', '7', 'paid', p_expected_version => 1);
SELECT success, new_version FROM domainflow.transition_state('invoice', '7', 'paid', p_expected_version => 2);
SELECT success, error_code FROM domainflow.transition_state('invoice', '7', 'draft');

SELECT version, from_state, to_state, actor, reason FROM domainflow.state_history('invoice', '7');
SELECT state, version FROM domainflow.state_at('invoice', '7', clock_timestamp());
