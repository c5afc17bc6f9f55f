package io.holdfast.chaos.sim;

import io.holdfast.compute.Claims;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.MoveJournal;

/** The product's ports that are kept in the database, as the database itself answers them. */
public record StorePorts(
        Hosts hosts,
        Claims claims,
        Withdrawals withdrawals,
        CaseJournal cases,
        MoveJournal moves,
        FenceJournal fences) {

    public StorePorts with(Hosts other) {
        return new StorePorts(other, claims, withdrawals, cases, moves, fences);
    }

    public StorePorts with(Claims other) {
        return new StorePorts(hosts, other, withdrawals, cases, moves, fences);
    }

    public StorePorts with(CaseJournal other) {
        return new StorePorts(hosts, claims, withdrawals, other, moves, fences);
    }

    public StorePorts with(FenceJournal other) {
        return new StorePorts(hosts, claims, withdrawals, cases, moves, other);
    }
}
