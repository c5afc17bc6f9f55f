package io.holdfast.membership.zookeeper;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.membership.HostRegistration;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in ZooKeeper what an agent finds of its own host, for as long as the agent's session lasts.
 *
 * <p>At most two writes a second, whatever the agent says: when a grade has changed, and every five seconds so that whoever reads
 * knows that it is still so. A thread of its own, because what is said must not keep the lease waiting.
 *
 * <p>A word is good for a time. Once that is over and nobody has said it anew, whoever looks at the host has stopped looking: then it is said,
 * again and again, that nothing is known, and since when. So a thread of ours that goes on can never pass for one that has died.
 */
final class HealthVoice implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HealthVoice.class);
    private static final Duration ROUND = Duration.ofMillis(500);

    private final HostRegistration registration;
    private final KeptNode node;
    private final Upkeep upkeep;
    private volatile @Nullable Said latest;

    // of the upkeep's thread
    private Map<AgentHealth.Aspect, Grade> said = Map.of();
    private long saidNanos;
    private long number;
    private boolean everSaid;
    private boolean foreignTold;
    private boolean expiryTold;

    /**
     * The last word.
     *
     * @param goodFor how long it says something of now
     */
    record Said(AgentHealth health, long saidNanos, Duration goodFor) {

        boolean isOver(long nowNanos) {
            return nowNanos - saidNanos >= goodFor.toNanos();
        }

        /** What can be said at that moment. */
        AgentHealth at(long nowNanos) {
            if (!isOver(nowNanos)) {
                return health;
            }
            String silent = "nobody has looked for "
                    + Duration.ofNanos(nowNanos - saidNanos).toSeconds() + " s; before that ";
            return new AgentHealth(health.findings().stream()
                    .map(finding -> new Finding(finding.aspect(), Grade.UNKNOWN, silent + finding.said()))
                    .toList());
        }
    }

    HealthVoice(Coordination coordination, HostRegistration registration) {
        this.registration = registration;
        this.node = new KeptNode(
                coordination,
                Coordination.path(registration.segment(), HealthWatch.DIRECTORY + "/" + registration.host()),
                data -> isOf(data, registration.agentSession()));
        this.upkeep = new Upkeep("health-" + registration.host(), ROUND, this::round);
    }

    void start() {
        upkeep.start();
    }

    /**
     * Says that, once it is due. Never blocks; what was said before and not written is forgotten.
     *
     * @param goodFor when nothing is said for so long after it, it is said that nothing is known
     */
    void say(AgentHealth health, Duration goodFor) {
        latest = new Said(health, System.nanoTime(), goodFor);
    }

    private void round() throws Exception {
        Said last = latest;
        long now = System.nanoTime();
        if (last == null) {
            return;
        }
        tellOfExpiry(last, now);
        AgentHealth health = last.at(now);
        if (everSaid
                && now - saidNanos < AgentHealth.REPEAT.toNanos()
                && grades(health).equals(said)) {
            return;
        }
        number++;
        switch (node.keep(new HealthRecord(registration.agentSession(), health).encode(number))) {
            case KeptNode.Ours _ -> {
                said = grades(health);
                saidNanos = now;
                everSaid = true;
                foreignTold = false;
            }
            case KeptNode.Foreign _ -> {
                // The lease tells of the two agents, and waits as we do.
                if (!foreignTold) {
                    foreignTold = true;
                    log.warn("host {}: another agent session says how this host is; waiting", registration.host());
                }
            }
        }
    }

    private void tellOfExpiry(Said last, long now) {
        if (last.isOver(now) && !expiryTold) {
            log.warn(
                    "host {}: nobody has looked at this host for {} s; until somebody does, its state is said to be unknown",
                    registration.host(),
                    Duration.ofNanos(now - last.saidNanos()).toSeconds());
        } else if (!last.isOver(now) && expiryTold) {
            log.info("host {}: is looked at again", registration.host());
        }
        expiryTold = last.isOver(now);
    }

    private static Map<AgentHealth.Aspect, Grade> grades(AgentHealth health) {
        Map<AgentHealth.Aspect, Grade> grades = new EnumMap<>(AgentHealth.Aspect.class);
        health.findings().forEach(finding -> grades.put(finding.aspect(), finding.grade()));
        return grades;
    }

    private static boolean isOf(byte[] data, String agentSession) {
        try {
            return HealthRecord.decode(data).agentSession().equals(agentSession);
        } catch (IOException notReadable) {
            // Not ours, then: ours can be read.
            return false;
        }
    }

    /** The node goes with the session. */
    @Override
    public void close() {
        upkeep.close();
    }
}
