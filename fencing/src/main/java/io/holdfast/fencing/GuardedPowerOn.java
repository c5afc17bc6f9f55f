package io.holdfast.fencing;

import io.holdfast.model.Actor;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.Optional;

/** {@link PowerOn} of the controller that leads. A fence that begins meanwhile ends it at once and does not wait. */
public final class GuardedPowerOn implements PowerOn {

    private final SegmentId segment;
    private final Fencer fencer;
    private final Rehearsals.Hosts hosts;
    private final Rehearsals.Lead lead;

    public GuardedPowerOn(SegmentId segment, Fencer fencer, Rehearsals.Hosts hosts, Rehearsals.Lead lead) {
        this.segment = segment;
        this.fencer = fencer;
        this.hosts = hosts;
        this.lead = lead;
    }

    @Override
    public Answer on(HostId host, HostEpoch epoch, Actor by, String reason) throws InterruptedException {
        Optional<LeaderEpoch> leads = lead.current();
        if (leads.isEmpty()) {
            return new Answer.NotNow("this controller does not lead");
        }
        if (hosts.inCase(host)) {
            return new Answer.NotNow("a case of the host is open; it may have to be read off");
        }
        Answer answer = fencer.powerOn(new Wish(host, epoch, segment, leads.get(), by, reason));
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while a host was given its power back");
        }
        return answer;
    }
}
