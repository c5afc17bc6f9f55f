package io.holdfast.server.controller;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.DiskSight;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.agent.DiskLooks;
import io.holdfast.compute.core.Orders;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.GuestProbe;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import io.holdfast.recovery.SignsOfLife.Sign;
import io.holdfast.server.controller.GuestEyes.Eye;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether the disks of a silent host's guests are still written, as it is seen from here on the shared storage, and by up to
 * {@value #PEERS} agents of other hosts.
 *
 * <p>A disk that changed between two looks, while nobody but that host owns its instance, was written by somebody there: a sign of life.
 * The other way round it is no sign at all: a guest that has nothing to write writes nothing, and neither does one whose storage stands
 * still. So nothing here proves a death.
 *
 * <p>Threads: any may call; each look blocks for at most its deadline. Storage that hangs keeps one thread here, and agents see to theirs.
 */
final class DiskActivity implements GuestProbe, AutoCloseable {

    /** Less than a host that does not answer is waited for by whoever asks. Too small: a guest that writes seldom is missed. */
    static final Duration WATCHED = Duration.ofSeconds(2);

    /** What opening each disk twice, and the way to an agent and back, may take beside. */
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(2);

    /** Between two looks of one that is repeated anyway. Too small: of a guest's writes few fall in between. */
    private static final Duration APART_MAX = Duration.ofMillis(400);

    /** One may be blind or slow; more would be many opens for one answer. */
    static final int PEERS = 3;

    /** Hosts that fall silent together are many opens on one storage. Those beyond it are looked at when their next turn comes. */
    private static final int AT_ONCE = 8;

    /** Those who are asked again and again share one answer of the database for so long. */
    private static final Duration PICTURE_AGE = Duration.ofSeconds(1);

    private final Supplier<List<Instance>> instances;
    private final Supplier<List<ComputeHost>> hosts;
    private final Supplier<List<HostStatus>> heard;
    private final HostAgents agents;
    private final DiskLooks own;
    private final Semaphore looking = new Semaphore(AT_ONCE);
    private final ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();
    private volatile @Nullable Picture picture;

    /** What the database said. */
    private record Picture(List<Instance> instances, List<ComputeHost> hosts, long takenNanos) {
        private boolean isFresh() {
            return System.nanoTime() - takenNanos < PICTURE_AGE.toNanos();
        }
    }

    /**
     * @param instances all of them, as the store has them now
     * @param hosts all of them, as the store has them now
     * @param heard what membership makes of them
     */
    DiskActivity(
            Path sharedStorage,
            Supplier<List<Instance>> instances,
            Supplier<List<ComputeHost>> hosts,
            Supplier<List<HostStatus>> heard,
            HostAgents agents) {
        this.instances = instances;
        this.hosts = hosts;
        this.heard = heard;
        this.agents = agents;
        this.own = new DiskLooks(sharedStorage, Orders.INSTANCES, 1);
    }

    /** At most one sign; none when nothing was written, or nobody could see it. Throws when the store does not answer. */
    List<Sign> of(HostId host) {
        return look(host, take(), WATCHED, WATCHED.plus(LOOK_LIMIT)) instanceof GuestActivity.Written(String detail)
                ? List.of(new Sign("disk", detail))
                : List.of();
    }

    @Override
    public GuestActivity look(HostId host, Duration deadline) {
        if (!looking.tryAcquire()) {
            return new GuestActivity.Unseen("the guests of many other hosts are being looked at");
        }
        try {
            Duration apart = deadline.dividedBy(4);
            return look(host, recent(), apart.compareTo(APART_MAX) < 0 ? apart : APART_MAX, deadline);
        } catch (RuntimeException e) {
            // The list of guests is in the database, which may be away.
            return new GuestActivity.Unseen("which guests are at home there cannot be read: " + e.getMessage());
        } finally {
            looking.release();
        }
    }

    private GuestActivity look(HostId host, Picture known, Duration apart, Duration deadline) {
        long limit = System.nanoTime() + deadline.toNanos();
        Map<String, String> all = guests(host, known.instances());
        Map<String, String> asked = all.entrySet().stream()
                .limit(DiskLook.DISKS_MAX)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (one, _) -> one, TreeMap::new));
        GuestEyes eyes = new GuestEyes(asked, all.size());
        if (asked.isEmpty()) {
            return eyes.together(List.of());
        }
        List<Eye> seen = ask(host, known, new DiskLook(List.copyOf(asked.keySet()), apart), deadline, limit);
        if (!eyes.anyWritten(seen)) {
            return eyes.together(seen);
        }
        // Asked again: one that has another home by now is written there.
        Map<String, String> still = guests(host, instances.get());
        asked.keySet().retainAll(still.keySet());
        return new GuestEyes(asked, asked.size()).together(seen);
    }

    private List<Eye> ask(HostId host, Picture known, DiskLook look, Duration deadline, long limit) {
        Map<String, Future<Eye>> asked = new TreeMap<>();
        asked.put(GuestEyes.OWN, asking.submit(() -> new Eye(GuestEyes.OWN, own.look(look, deadline), "")));
        for (ComputeHost peer : peers(host, known.hosts(), heard.get())) {
            asked.put(peer.id().value(), asking.submit(() -> ask(peer, look, deadline)));
        }
        List<Eye> seen = new ArrayList<>();
        asked.forEach((who, eye) -> seen.add(answer(who, eye, limit)));
        // A controller need not have the storage: its own blindness is no news where others see.
        boolean othersSee = seen.stream()
                .anyMatch(eye -> !eye.who().equals(GuestEyes.OWN) && eye.blind().isEmpty());
        return othersSee
                ? seen.stream()
                        .filter(eye -> !eye.who().equals(GuestEyes.OWN)
                                || eye.disks().stream().anyMatch(disk -> disk.seen() != DiskSight.Seen.UNSEEN))
                        .toList()
                : seen;
    }

    private Eye ask(ComputeHost peer, DiskLook look, Duration deadline) {
        String who = peer.id().value();
        return switch (agents.look(peer, look, deadline)) {
            case DiskLookAnswer.Looked looked -> new Eye(who, looked.disks(), "");
            case DiskLookAnswer.Unknown(String reason) -> Eye.blind(who, reason);
        };
    }

    private static Eye answer(String who, Future<Eye> asked, long limit) {
        try {
            return asked.get(limit - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            asked.cancel(true);
            return Eye.blind(who, "did not answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Eye.blind(who, "the look was interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException("looking at disks failed in a way of its own", e.getCause());
        }
    }

    /**
     * Who is asked: hosts that are heard, those that are well before those that ail, and not the same ones for every host that is silent.
     */
    static List<ComputeHost> peers(HostId silent, List<ComputeHost> hosts, List<HostStatus> statuses) {
        Set<HostId> well = statuses.stream()
                .filter(status -> status.health() == HostHealth.ALIVE)
                .map(HostStatus::host)
                .collect(Collectors.toSet());
        return askable(hosts, statuses).stream()
                .filter(host -> !host.id().equals(silent))
                .sorted(Comparator.comparing((ComputeHost host) -> !well.contains(host.id()))
                        .thenComparingInt(
                                host -> (silent.value() + "/" + host.id().value()).hashCode())
                        .thenComparing(ComputeHost::id))
                .limit(PEERS)
                .toList();
    }

    /** Hosts whose agents can be asked about others: they serve, say where they are, and are heard. */
    static List<ComputeHost> askable(List<ComputeHost> hosts, List<HostStatus> statuses) {
        Set<HostId> heard = statuses.stream()
                .filter(HostStatus::heard)
                .map(HostStatus::host)
                .collect(Collectors.toSet());
        return hosts.stream()
                .filter(host ->
                        host.state() == HostState.SERVING && host.address() != null && heard.contains(host.id()))
                .toList();
    }

    /** Names of the guests that should run there, by their disks. */
    private static Map<String, String> guests(HostId host, List<Instance> instances) {
        Map<String, String> guests = new TreeMap<>();
        instances.stream()
                .filter(instance -> host.equals(instance.home()) && instance.goal() == InstanceGoal.RUNNING)
                .forEach(instance -> guests.put(Orders.disk(instance), instance.name()));
        return guests;
    }

    private Picture recent() {
        Picture last = picture;
        return last != null && last.isFresh() ? last : take();
    }

    private Picture take() {
        Picture taken = new Picture(instances.get(), hosts.get(), System.nanoTime());
        picture = taken;
        return taken;
    }

    /** Does not wait for a look that hangs. */
    @Override
    public void close() {
        asking.shutdownNow();
        own.close();
    }
}
