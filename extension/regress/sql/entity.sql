-- Optimistic updates for a table of the user's own.
CREATE TABLE public.invoice (id bigint PRIMARY KEY, total numeric NOT NULL, note text);
INSERT INTO public.invoice VALUES (1, 10, 'draft'), (2, 20, NULL);
SELECT domainflow.manage_entity('public.invoice');

SELECT * FROM domainflow_generated.atomic_update_invoice_state(1, 1, '{"total": 11.5}');
SELECT success, new_version, conflict_version FROM domainflow_generated.atomic_update_invoice_state(1, 1, '{"total": 12}');
SELECT success, new_version, conflict_version
  FROM domainflow_generated.atomic_update_invoice_states('{1,2}', '{2,7}', ARRAY['{"note": "sent"}', '{"note": "late"}']::jsonb[], '{"by": "regress"}');
SELECT success, new_version FROM domainflow.atomic_update_entity_state('invoice', '2', 1, '{"note": "late"}');
SELECT id, total, note, version FROM public.invoice ORDER BY id;
SELECT entity, entity_id, version, data, context FROM domainflow.entity_event ORDER BY entity_id, version;

SELECT domainflow.unmanage_entity('public.invoice', true);
SELECT * FROM public.invoice ORDER BY id;
DROP TABLE public.invoice;
