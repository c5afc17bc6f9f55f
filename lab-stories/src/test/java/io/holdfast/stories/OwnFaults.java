package io.holdfast.stories;

import io.holdfast.lab.BmcCredentials;
import io.holdfast.lab.HostPlan;
import io.holdfast.lab.Lab;
import io.holdfast.model.HostId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Faults of a data centre that the lab has no verb for. */
final class OwnFaults {

    /** The number of Holdfast's user in the lab's BMCs. */
    private static final String FENCER = "3";

    private final Lab lab;
    private final Set<HostId> apart = new HashSet<>();

    OwnFaults(Lab lab) {
        this.lab = lab;
    }

    /**
     * The host reaches no other host over the storage network, and the storage all the same: so it is behind a switch whose ports may
     * speak with the storage alone. Until {@link #heal}.
     */
    void apart(HostId host) {
        apart.add(host);
        for (HostPlan other : lab.hosts()) {
            if (!other.host().equals(host)) {
                routes(host, "replace", "blackhole", other.storageAddress() + "/32");
            }
        }
    }

    /** Somebody gives Holdfast's user of the host's BMC another password, as its administrator, and tells nobody. */
    void bmcPassword(HostId host, String password) {
        Processes.run(lab.inController(List.of(
                "ipmitool",
                "-I",
                "lanplus",
                "-C",
                "3",
                "-H",
                plan(host).bmcAddress(),
                "-U",
                BmcCredentials.ADMIN,
                "-P",
                lab.bmcCredentials(host).adminPassword(),
                "user",
                "set",
                "password",
                FENCER,
                password)));
    }

    /** Gives it back the one that Holdfast knows. */
    void knownBmcPassword(HostId host) {
        bmcPassword(host, lab.bmcCredentials(host).fencerPassword());
    }

    /** Takes back what a power cycle would not; a BMC's password is for whoever has changed it. */
    void heal() {
        apart.forEach(host -> routes(host, "flush", "type", "blackhole"));
        apart.clear();
    }

    /** In the host's network itself, which is there without power as well. */
    private static void routes(HostId host, String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-4", "-n", "lab-" + host, "route"));
        command.addAll(List.of(arguments));
        Processes.run(new ProcessBuilder(command));
    }

    private HostPlan plan(HostId host) {
        return lab.hosts().stream()
                .filter(one -> one.host().equals(host))
                .findFirst()
                .orElseThrow();
    }
}
