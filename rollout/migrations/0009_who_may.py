"""Who may have a record, and who may have a successor: what forms say, also for files and plain SQL.

Both rules look into other tables, so that they hold for what is written, not for ever after: a new register, another
set of a service or a changed competence leaves records as they are. They are checked when the transaction ends, since a
file may bring a record before the competence that allows it.
"""

from django.db import migrations

# The same as rollout.recording.Duties.refusal, as far as the service names a set that is not only assumed. What is
# over, or of somebody who has left the register, may be of an earlier competence. Rows may have gone or changed since.
COMPETENT = """
CREATE FUNCTION rollout_adoption_of_who_is_competent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    adoption rollout_adoption;
    link rollout_servicecompetence;
    past boolean;
BEGIN
    SELECT * INTO adoption FROM rollout_adoption WHERE id = NEW.id;
    SELECT * INTO link FROM rollout_servicecompetence WHERE service_id = adoption.service_id;
    IF link.id IS NULL OR (link.illustrative AND NOT adoption.illustrative) THEN
        RETURN NULL;
    END IF;
    SELECT adoption.until IS NOT NULL OR closed_on IS NOT NULL INTO past
        FROM rollout_authority WHERE id = adoption.authority_id;
    PERFORM 1 FROM rollout_competence
        WHERE set_id = link.set_id AND authority_id = adoption.authority_id AND (past OR edition_id = (
            SELECT id FROM rollout_registeredition ORDER BY territory_date DESC LIMIT 1))
        LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% ist für „%“ nicht zuständig.',
            (SELECT format('%s (%s)', name, key) FROM rollout_authority WHERE id = adoption.authority_id),
            (SELECT name FROM catalogue_service WHERE id = adoption.service_id)
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rollout_adoption_of_who_is_competent
    AFTER INSERT OR UPDATE OF authority_id, service_id, until, illustrative ON rollout_adoption
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollout_adoption_of_who_is_competent();
"""
NOT_COMPETENT = """
DROP TRIGGER rollout_adoption_of_who_is_competent ON rollout_adoption;
DROP FUNCTION rollout_adoption_of_who_is_competent();
"""

LEFT = """
CREATE FUNCTION rollout_succession_of_who_has_left() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    predecessor rollout_authority;
BEGIN
    SELECT authority.* INTO predecessor FROM rollout_authority authority
        JOIN rollout_succession succession ON succession.predecessor_id = authority.id
        WHERE succession.id = NEW.id AND authority.closed_on IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION '% (%) steht noch im Register und hat keine Rechtsnachfolge.', predecessor.name, predecessor.key
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rollout_succession_of_who_has_left
    AFTER INSERT OR UPDATE OF predecessor_id ON rollout_succession
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollout_succession_of_who_has_left();
"""
NOT_LEFT = """
DROP TRIGGER rollout_succession_of_who_has_left ON rollout_succession;
DROP FUNCTION rollout_succession_of_who_has_left();
"""


class Migration(migrations.Migration):
    dependencies = [("rollout", "0008_at_least")]

    operations = [migrations.RunSQL(COMPETENT, NOT_COMPETENT), migrations.RunSQL(LEFT, NOT_LEFT)]
