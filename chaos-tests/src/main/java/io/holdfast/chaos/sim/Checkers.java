package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Instance;
import io.holdfast.compute.SayAnswer;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.PlannedMove;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All checkers of a world, told of each change in turn. */
final class Checkers implements Checker {

    private final List<Checker> all = new ArrayList<>();

    void add(Checker checker) {
        all.add(checker);
    }

    private void each(Consumer<Checker> what) {
        for (Checker checker : all) {
            what.accept(checker);
        }
    }

    @Override
    public String invariant() {
        return "all";
    }

    @Override
    public void guestStarted(Host.Guest guest) {
        each(checker -> checker.guestStarted(guest));
    }

    @Override
    public void guestCameUp(Host.Guest guest) {
        each(checker -> checker.guestCameUp(guest));
    }

    @Override
    public void guestEnded(Host.Guest guest) {
        each(checker -> checker.guestEnded(guest));
    }

    @Override
    public void powerChanged(Host host) {
        each(checker -> checker.powerChanged(host));
    }

    @Override
    public void powerCut(Host host, String asker) {
        each(checker -> checker.powerCut(host, asker));
    }

    @Override
    public void watchdogFired(Host host) {
        each(checker -> checker.watchdogFired(host));
    }

    @Override
    public void cutOrdered(Host host, String controller, LeaderEpoch leader) {
        each(checker -> checker.cutOrdered(host, controller, leader));
    }

    @Override
    public void powerOrdered(Host host, String controller, LeaderEpoch leader) {
        each(checker -> checker.powerOrdered(host, controller, leader));
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        each(checker -> checker.instanceChanged(before, after, by));
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        each(checker -> checker.hostChanged(now, by));
    }

    @Override
    public void hostOrdered(ComputeHost now) {
        each(checker -> checker.hostOrdered(now));
    }

    @Override
    public void leaderWrote(String controller, LeaderEpoch leader, String what) {
        each(checker -> checker.leaderWrote(controller, leader, what));
    }

    @Override
    public void agentTook(Host host, LeaderEpoch leader) {
        each(checker -> checker.agentTook(host, leader));
    }

    @Override
    public void fenceJournaled(FenceJournal.Entry entry) {
        each(checker -> checker.fenceJournaled(entry));
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        each(checker -> checker.caseWritten(before, after));
    }

    @Override
    public void moveWritten(PlannedMove move) {
        each(checker -> checker.moveWritten(move));
    }

    @Override
    public void told(@Nullable ProjectId subscriber, Fact fact) {
        each(checker -> checker.told(subscriber, fact));
    }

    @Override
    public void acknowledged(Wish wish) {
        each(checker -> checker.acknowledged(wish));
    }

    @Override
    public void unsure(Wish wish) {
        each(checker -> checker.unsure(wish));
    }

    @Override
    public void suspected(HostId host, String by) {
        each(checker -> checker.suspected(host, by));
    }

    @Override
    public void wordGiven(HostId host, boolean fenced) {
        each(checker -> checker.wordGiven(host, fenced));
    }

    @Override
    public void wordRefused(HostId host) {
        each(checker -> checker.wordRefused(host));
    }

    @Override
    public void said(InstanceId instance, SayAnswer answer, @Nullable HostId only, boolean acknowledged) {
        each(checker -> checker.said(instance, answer, only, acknowledged));
    }

    @Override
    public void healed() {
        each(Checker::healed);
    }

    @Override
    public void ended() {
        each(Checker::ended);
    }

    @Override
    public boolean content() {
        for (Checker checker : all) {
            if (!checker.content()) {
                return false;
            }
        }
        return true;
    }
}
