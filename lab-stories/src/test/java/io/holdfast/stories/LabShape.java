package io.holdfast.stories;

import io.holdfast.lab.Network;
import java.util.Set;

/**
 * Which lab the stories of a class need. There can be but one on a machine, so another shape takes the place of the one that is up.
 *
 * @param hosts at least three
 * @param controllers with more than one, a ZooKeeper ensemble and a database run on machines of their own
 * @param outlets whether the hosts have a second fence level
 * @param watchdogs whether the hosts fence themselves, as their last level
 * @param nbd whether guests' disks, probes and slots are on a storage machine, behind a cable of each host
 * @param networks on which the agents are in a group of their own, beside the management network
 * @param powerBack whether a fenced host gets its power back by itself
 * @param guardsAsShipped whether a host is put into quarantine, and a case held, for how often something failed
 */
record LabShape(
        int hosts,
        int controllers,
        boolean outlets,
        boolean watchdogs,
        boolean nbd,
        Set<Network> networks,
        boolean powerBack,
        boolean guardsAsShipped) {

    static LabShape of(Class<?> stories) {
        OnTheLab.Hosts hosts = stories.getAnnotation(OnTheLab.Hosts.class);
        OnTheLab.Controllers controllers = stories.getAnnotation(OnTheLab.Controllers.class);
        return new LabShape(
                hosts == null ? 3 : hosts.value(),
                controllers == null ? 1 : controllers.value(),
                stories.isAnnotationPresent(OnTheLab.Outlets.class),
                stories.isAnnotationPresent(OnTheLab.Watchdogs.class),
                stories.isAnnotationPresent(OnTheLab.StorageByCable.class),
                networks(stories),
                stories.isAnnotationPresent(OnTheLab.PowerBack.class),
                stories.isAnnotationPresent(OnTheLab.GuardsAsShipped.class));
    }

    private static Set<Network> networks(Class<?> stories) {
        if (stories.isAnnotationPresent(OnTheLab.ThreeNetworks.class)) {
            return Set.of(Network.STORAGE, Network.TENANT);
        }
        return stories.isAnnotationPresent(OnTheLab.TwoNetworks.class) ? Set.of(Network.STORAGE) : Set.of();
    }

    /**
     * Whether controllers wait for devices as long as they do by default. Where three hosts are silent at once, three simulated BMCs are
     * asked all the while, each of which starts a script for an answer; on two processors that may take a second.
     */
    boolean patienceAsShipped() {
        return watchdogs || guardsAsShipped;
    }
}
