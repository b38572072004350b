"""Whom a reminder is for, today: one SELECT of reminder and person, woven into the statement of the digests.

Leaders hear what stays undone in their team, stewards in the teams of their institution and the stations below it
(S2-1), the bureau in its area. Whoever may not sign in is told nothing.
"""

RECIPIENTS = """
    SELECT one.id AS reminder_id, member.user_id
    FROM outreach_reminder one JOIN teams_teammembership member ON member.team_id = one.team_id
    WHERE one.state = 'open' AND member.starts_on <= %(on)s AND coalesce(member.ends_on, %(on)s) >= %(on)s
        AND (one.audience = 'member' OR one.audience = 'leader' AND member.is_leader)
    UNION
    SELECT one.id, steward.user_id
    FROM outreach_reminder one JOIN teams_team team ON team.id = one.team_id
    JOIN teams_institution place ON place.id = team.institution_id
    JOIN teams_roleassignment steward ON steward.institution_id IN (place.id, place.parent_id)
    WHERE one.state = 'open' AND one.audience = 'steward' AND steward.role = 'institution_steward'
        AND steward.starts_on <= %(on)s AND coalesce(steward.ends_on, %(on)s) >= %(on)s
    UNION
    SELECT one.id, officer.user_id
    FROM outreach_reminder one JOIN teams_team team ON team.id = one.team_id
    JOIN teams_institution place ON place.id = team.institution_id
    JOIN teams_roleassignment officer ON starts_with(place.area_code, officer.area_code)
    WHERE one.state = 'open' AND one.audience = 'bureau' AND officer.role = 'bureau' AND officer.area_code <> ''
        AND officer.starts_on <= %(on)s AND coalesce(officer.ends_on, %(on)s) >= %(on)s
    UNION
    SELECT one.id, one.user_id FROM outreach_reminder one
    WHERE one.state = 'open' AND one.audience = 'person' AND one.user_id IS NOT NULL
"""
