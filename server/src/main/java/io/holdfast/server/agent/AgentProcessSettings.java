package io.holdfast.server.agent;

import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.fencing.selffence.SelfFenceSettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.agent.health.HealthSettings;
import io.holdfast.server.settings.Durations;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agent's settings file.
 *
 * @param stateDirectory where the agent keeps its journal; must survive a reboot. Default {@code /var/lib/holdfast/agent}
 * @param host this host's name in Holdfast; its certificate must carry it. Default: the machine's host name
 * @param segment the segment this host belongs to; default {@code default}
 * @param failureDomains what this host shares with others so that one failure takes all of them, for example
 *     {@code {rack: r4, pdu: a}}; default none. Too few: a failed switch looks like many failed hosts; wrong ones: a real
 *     failure of several hosts is held for a human
 * @param tls this host's identity, made by {@code holdfast pki issue --role agent}; required
 * @param membership {@code connect-string} must name the controllers' ZooKeeper, {@code bind-address} this host's own
 *     address
 * @param selfFence the storage slot and the watchdog; default off
 * @param health what the agent watches of its own host
 */
public record AgentProcessSettings(
        Path stateDirectory,
        @Nullable String host,
        String segment,
        Map<String, String> failureDomains,
        @Nullable TlsFiles tls,
        SecretSettings secrets,
        MembershipSettings membership,
        AgentSettings agent,
        SelfFenceSettings selfFence,
        HealthSettings health) {

    public AgentProcessSettings {
        if (host != null) {
            HostId.of(host);
        }
        SegmentId.of(segment);
        failureDomains = new FailureDomains(failureDomains).names();
        requireLeaseEndsInTime(membership, selfFence);
    }

    /**
     * A host that was told to die pets its device no more, and is reset within watchdog-time; its session ends session-timeout later. The
     * bound that controllers wait has room for a licence more than that, and the proof wants the lease to be gone.
     */
    private static void requireLeaseEndsInTime(MembershipSettings membership, SelfFenceSettings selfFence) {
        Duration longest = selfFence.watchdogTime().plus(selfFence.licence());
        if (selfFence.mode() == SelfFenceSettings.Mode.WATCHDOG
                && membership.sessionTimeout().compareTo(longest) > 0) {
            throw new IllegalArgumentException("membership.session-timeout ("
                    + Durations.format(membership.sessionTimeout())
                    + ") must not be longer than self-fence.watchdog-time ("
                    + Durations.format(selfFence.watchdogTime()) + ") and self-fence.licence ("
                    + Durations.format(selfFence.licence())
                    + ") together: this host's lease would still be there when it has certainly stopped, and nobody could"
                    + " count on that; shorten session-timeout");
        }
    }

    public static AgentProcessSettings defaults() {
        return new AgentProcessSettings(
                Path.of("/var/lib/holdfast/agent"),
                null,
                "default",
                Map.of(),
                null,
                SecretSettings.defaults(),
                MembershipSettings.defaults(),
                AgentSettings.defaults(),
                SelfFenceSettings.defaults(),
                HealthSettings.defaults());
    }

    /** This host's name in Holdfast: the one that is set, or the machine's own. */
    public HostId hostOrName() throws UnknownHostException {
        return HostId.of(host == null ? InetAddress.getLocalHost().getHostName() : host);
    }

    public TlsFiles identity() {
        if (tls == null) {
            throw new IllegalArgumentException("tls is missing: make an identity with 'holdfast pki issue "
                    + (host == null ? "HOST" : host) + " --role agent', and name its files under 'tls'");
        }
        return tls;
    }
}
