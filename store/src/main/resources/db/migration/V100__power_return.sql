-- Closed cases whose host is still to get its power back: whoever leads next goes on with them.
alter table recovery_case add column returning_power boolean not null default false;
create index recovery_case_returning_by_segment on recovery_case (segment) where returning_power;
comment on column recovery_case.returning_power is 'Whether the case is closed but for the power that its host is to get back.';
