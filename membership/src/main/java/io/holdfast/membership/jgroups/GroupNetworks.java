package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * One process's places on all networks that it is on. What it observes on one it says to the controllers over each, so that
 * what happens on a network that is cut, or on which no controller is, arrives over another.
 */
final class GroupNetworks implements AutoCloseable {

    /** What a controller listens for. An agent lets itself be seen, and does not look. */
    interface Watcher {

        void onView(Network network, Set<Member> others);

        void onReport(ObserverReport report);
    }

    private final List<NetworkObserver> places = new ArrayList<>();

    /**
     * Assembles; nothing leaves before {@link #start}. Throws {@link IllegalArgumentException} with the setting's name when an
     * address is not this machine's.
     *
     * @param directories a network's directory; closed with this
     */
    GroupNetworks(
            MembershipSettings settings,
            SegmentId segment,
            Member self,
            TlsKeys tls,
            Function<Network, GroupDirectory> directories,
            Watcher watcher) {
        List<GroupPlace> wanted = new ArrayList<>();
        settings.everyNetwork().forEach((network, at) -> {
            if (at.bindAddress() != null) {
                wanted.add(new GroupPlace(segment, network, self, at));
            }
        });
        wanted.forEach(GroupPlace::requireAddress);
        for (GroupPlace place : wanted) {
            places.add(
                    new NetworkObserver(settings, place, tls, directories.apply(place.network()), new Relay(watcher)));
        }
    }

    /** Throws {@link java.util.NoSuchElementException} for a network on which this process is not. */
    NetworkObserver place(Network network) {
        return places.stream()
                .filter(place -> place.network().equals(network))
                .findFirst()
                .orElseThrow();
    }

    void start() {
        places.forEach(NetworkObserver::start);
    }

    @Override
    public void close() {
        places.reversed().forEach(NetworkObserver::close);
    }

    private final class Relay implements NetworkObserver.Listener {

        private final Watcher watcher;

        Relay(Watcher watcher) {
            this.watcher = watcher;
        }

        @Override
        public void onView(Network network, Set<Member> others) {
            watcher.onView(network, others);
        }

        @Override
        public void onOwnReport(ObserverReport report) {
            watcher.onReport(report);
            byte[] bytes = Talk.Report.of(report).encode();
            places.forEach(place -> place.tellControllers(bytes));
        }

        @Override
        public void onReport(ObserverReport report) {
            watcher.onReport(report);
        }
    }
}
