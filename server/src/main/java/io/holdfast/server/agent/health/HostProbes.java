package io.holdfast.server.agent.health;

import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.compute.libvirt.LibvirtQuestion;
import io.holdfast.model.HostId;
import io.holdfast.server.agent.health.core.Measures;
import io.holdfast.server.agent.health.core.Measures.Access;
import io.holdfast.server.agent.health.core.Measures.Clock;
import io.holdfast.server.agent.health.core.Measures.Link;
import io.holdfast.server.agent.health.core.Measures.Memory;
import io.holdfast.server.agent.health.core.Measures.Space;
import io.holdfast.server.agent.health.core.Reading;
import io.holdfast.slot.file.StorageAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * All questions to one host. Those that may hang have a line each, so that no answer waits for another. Used by one thread.
 */
final class HostProbes implements HostHealth.Probes {

    private final ProbeLine<Integer> libvirt;
    private final ProbeLine<Access> storage;
    private final ProbeLine<List<Space>> sharedSpace;
    private final ProbeLine<List<Space>> ownSpace;
    private final ProbeLine<Memory> memory;
    private final ProbeLine<Clock> clock;
    private final ProbeLine<List<Link>> links;
    private final Path sharedStorage;

    /**
     * @param bindAddress whose network card is watched when the settings name none
     * @param stateDirectory whose file system is watched
     */
    HostProbes(HealthSettings settings, AgentSettings agent, HostId host, String bindAddress, Path stateDirectory) {
        sharedStorage = agent.sharedStorage();
        LibvirtQuestion question = new LibvirtQuestion(agent.libvirtUri());
        libvirt = new ProbeLine<>("libvirt", question::runningGuests);
        StorageAccess access = new StorageAccess(
                sharedStorage.resolve(agent.instancesDirectory()).resolve(".health-" + host));
        storage = new ProbeLine<>("storage", () -> {
            StorageAccess.Times times = access.once();
            return new Access(times.write(), times.read(), times.pastCaches());
        });
        sharedSpace = new ProbeLine<>("shared-space", new SpaceProbe(List.of(sharedStorage))::read);
        List<Path> own = new ArrayList<>(settings.diskPaths());
        own.add(stateDirectory);
        ownSpace = new ProbeLine<>("own-space", new SpaceProbe(own)::read);
        MemoryProbe memoryProbe = new MemoryProbe(Path.of("/proc/meminfo"), Path.of("/proc/pressure/memory"));
        memory = new ProbeLine<>("memory", memoryProbe::read);
        ClockProbe clockProbe = new ClockProbe();
        clock = new ProbeLine<>("clock", clockProbe::read);
        links = new ProbeLine<>(
                "links", new LinkProbe(settings.interfaces(), bindAddress, Path.of("/sys/class/net"))::read);
    }

    @Override
    public Measures measure(Duration patience) throws InterruptedException {
        long untilNanos = System.nanoTime() + patience.toNanos();
        lines().forEach(ProbeLine::ask);
        return new Measures(
                libvirt.look(untilNanos),
                storage.look(untilNanos),
                both(ownSpace.look(untilNanos), sharedSpace.look(untilNanos), sharedStorage),
                memory.look(untilNanos),
                clock.look(untilNanos),
                links.look(untilNanos));
    }

    /** What the host's own file systems say does not wait for the shared storage. */
    static Reading<List<Space>> both(Reading<List<Space>> own, Reading<List<Space>> shared, Path sharedStorage) {
        if (!(own instanceof Reading.Answer<List<Space>>(List<Space> spaces, Duration took))) {
            return own;
        }
        List<Space> all = new ArrayList<>(spaces);
        switch (shared) {
            case Reading.Answer<List<Space>> answer -> all.addAll(answer.value());
            case Reading.Failure<List<Space>> failure -> all.add(unknown(sharedStorage, failure.reason()));
            case Reading.Silence<List<Space>> _ -> all.add(unknown(sharedStorage, "it does not answer"));
            case Reading.Unasked<List<Space>> unasked -> all.add(unknown(sharedStorage, unasked.reason()));
        }
        return new Reading.Answer<>(all, took);
    }

    private static Space unknown(Path place, String trouble) {
        return new Space(place.toString(), 0, 0, trouble);
    }

    private List<ProbeLine<?>> lines() {
        return List.of(libvirt, storage, sharedSpace, ownSpace, memory, clock, links);
    }

    /** Waits for no question that hangs; what it holds is held until the process ends. */
    @Override
    public void close() {
        lines().forEach(ProbeLine::close);
    }
}
