package io.holdfast.membership.zookeeper;

import io.holdfast.membership.AgentHealth;
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
 */
final class HealthVoice implements AutoCloseable {

    static final Duration REPEAT = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(HealthVoice.class);
    private static final Duration ROUND = Duration.ofMillis(500);

    private final HostRegistration registration;
    private final KeptNode node;
    private final Upkeep upkeep;
    private volatile @Nullable AgentHealth latest;

    // of the upkeep's thread
    private Map<AgentHealth.Aspect, Grade> said = Map.of();
    private long saidNanos;
    private boolean everSaid;
    private boolean foreignTold;

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

    /** Says that, once it is due. Never blocks; what was said before and not written is forgotten. */
    void say(AgentHealth health) {
        latest = health;
    }

    private void round() throws Exception {
        AgentHealth health = latest;
        long now = System.nanoTime();
        if (health == null
                || (everSaid
                        && now - saidNanos < REPEAT.toNanos()
                        && grades(health).equals(said))) {
            return;
        }
        switch (node.keep(new HealthRecord(registration.agentSession(), health).encode())) {
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
