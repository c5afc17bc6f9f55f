package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.cut.CutDetector;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.membership.cut.Sight;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A controller's sight of a segment's groups: its own view on each network that it is on, joined with what the observers say of
 * each other there.
 *
 * <p>Threads: one of its own ({@code group-watch-…}) takes what JGroups' threads put into its queue.
 */
public final class GroupWatch implements Signals, GroupNetworks.Watcher {

    private static final Logger log = LoggerFactory.getLogger(GroupWatch.class);

    /** With a thousand agents two thousand reports come each second; what comes within this time is counted together. */
    private static final long LOOK_PAUSE_NANOS = Duration.ofMillis(25).toNanos();

    /** A sight that stays as it is is told of so often, so that everybody knows how old it is. */
    private static final long UNCHANGED_NANOS = Duration.ofSeconds(1).toNanos();

    private final MembershipSettings settings;
    private final SegmentId segment;
    private final Member self;
    private final CutDetector detector;
    private final GroupNetworks networks;
    private final Map<Network, Watched> watched = new TreeMap<>();
    private final LinkedBlockingQueue<News> news = new LinkedBlockingQueue<>();
    private final Thread watch;

    private volatile @Nullable Consumer<Observation> inbox;
    private volatile boolean closing;

    private GroupWatch(
            MembershipSettings settings,
            SegmentId segment,
            String name,
            TlsKeys tls,
            Function<Network, GroupDirectory> directories) {
        this.settings = settings;
        this.segment = segment;
        this.detector = new CutDetector(settings.cut());
        settings.everyNetwork().keySet().forEach(network -> watched.put(network, new Watched()));
        this.self = Member.controller(name, UUID.randomUUID().toString());
        this.networks = new GroupNetworks(settings, segment, self, tls, directories, this);
        this.watch =
                Thread.ofPlatform().name("group-watch-" + segment).daemon(true).unstarted(this::run);
    }

    /**
     * Assembles. Throws {@link IllegalArgumentException} with the setting's name when an address is not this machine's.
     *
     * @param directories the directory of a network's group; closed with this
     */
    public static GroupWatch ofController(
            MembershipSettings settings,
            SegmentId segment,
            String name,
            TlsKeys tls,
            Function<Network, GroupDirectory> directories) {
        return new GroupWatch(settings, segment, name, tls, directories);
    }

    @Override
    public void start(Consumer<Observation> inbox) {
        this.inbox = inbox;
        settings.everyNetwork().forEach((network, at) -> {
            if (at.bindAddress() == null) {
                log.info(
                        "segment {}: this controller has no address on {} ({}bind-address); it sees that network through"
                                + " what the hosts on it report",
                        segment,
                        network,
                        MembershipSettings.prefix(network));
            }
        });
        watch.start();
        networks.start();
    }

    @Override
    public void close() {
        inbox = null;
        closing = true;
        watch.interrupt();
        networks.close();
    }

    @Override
    public void onView(Network network, Set<Member> others) {
        news.add(new ViewSeen(network, others));
    }

    @Override
    public void onReport(ObserverReport report) {
        news.add(new Reported(report));
    }

    GroupNetworks networks() {
        return networks;
    }

    private void run() {
        while (!closing) {
            try {
                News first = news.poll(settings.tickInterval().toNanos(), TimeUnit.NANOSECONDS);
                List<News> all = new ArrayList<>();
                if (first != null) {
                    all.add(first);
                    news.drainTo(all);
                }
                take(all);
                watched.forEach(this::look);
                LockSupport.parkNanos(LOOK_PAUSE_NANOS);
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }

    private void take(List<News> all) {
        Map<Network, List<ObserverReport>> reports = new TreeMap<>();
        for (News each : all) {
            switch (each) {
                case ViewSeen seen -> of(seen.network()).view = seen.others();
                case Reported reported -> {
                    // Of a network that this controller's settings do not name, nothing is concluded.
                    if (watched.containsKey(reported.report().network())) {
                        reports.computeIfAbsent(reported.report().network(), unseen -> new ArrayList<>())
                                .add(reported.report());
                    }
                }
            }
        }
        reports.forEach((network, came) -> {
            Watched on = of(network);
            on.state = detector.take(on.state, came, System.nanoTime());
        });
    }

    private Watched of(Network network) {
        Watched on = watched.get(network);
        if (on == null) {
            throw new IllegalStateException("a view of a network that has no place here: " + network);
        }
        return on;
    }

    private void look(Network network, Watched on) {
        on.state = detector.look(on.state, System.nanoTime());
        boolean heardOf = on.told != null
                || on.view != null
                || on.state.reports().keySet().stream().anyMatch(observer -> !observer.equals(self));
        if (!heardOf) {
            return;
        }
        Sight sight = Sight.of(self, on.view, on.state.held());
        if (network.equals(Network.MANAGEMENT)) {
            CutDetector.Arrived own = on.state.reports().get(self);
            sight = sight.withOwnEars(on.view, own == null ? null : own.report());
        }
        Consumer<Observation> listening = inbox;
        boolean news = !sight.equals(on.told);
        if (listening != null && (news || System.nanoTime() - on.toldNanos >= UNCHANGED_NANOS)) {
            on.told = sight;
            on.toldNanos = System.nanoTime();
            listening.accept(
                    news
                            ? new Observation.GroupView(network, sight.agents(), sight.others(), sight.words())
                            : new Observation.GroupUnchanged(network));
        }
    }

    private sealed interface News {}

    private record ViewSeen(Network network, Set<Member> others) implements News {}

    private record Reported(ObserverReport report) implements News {}

    /** What is held of one network; of the watch's thread alone. */
    private static final class Watched {
        private @Nullable Set<Member> view;
        private CutDetector.State state = CutDetector.State.EMPTY;
        private @Nullable Sight told;
        private long toldNanos;
    }
}
