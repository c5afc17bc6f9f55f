package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.membership.SlotSign;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.file.SlotDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class RelayedSlotsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final Map<HostId, Supplier<SlotsAnswer>> agents = new ConcurrentHashMap<>();
    private final List<HostId> asked = new CopyOnWriteArrayList<>();
    private final List<ComputeHost> candidates = new CopyOnWriteArrayList<>();
    private volatile Map<HostId, SlotSign> told = Map.of();
    private volatile boolean leads = true;
    private volatile boolean beating = true;
    private volatile boolean storeAway;
    private SlotDevice device;
    private int slot;
    private long number;

    @BeforeEach
    void aHostHasASlot() {
        Path path = directory.resolve("slots");
        SlotDevice.create(path, SEGMENT, 4, Instant.EPOCH, LONG);
        device = SlotDevice.open(path, SEGMENT, LONG);
        slot = ((Answer.Done<Integer>) device.claim(H1, "boot-1", Instant.EPOCH)).value();
    }

    @AfterEach
    void close() {
        device.close();
    }

    /** Each reading finds one heartbeat more, as long as the host beats. */
    private SlotsAnswer read() {
        if (beating) {
            number++;
            assertThat(device.renew(
                            slot,
                            new Heartbeat(
                                    H1,
                                    "boot-1",
                                    "a1",
                                    number,
                                    Instant.EPOCH,
                                    Duration.ZERO,
                                    Duration.ofMillis(100),
                                    null)))
                    .isInstanceOf(Renewal.Good.class);
        }
        try {
            return new SlotsAnswer.Read(device.raw());
        } catch (IOException e) {
            return new SlotsAnswer.Unknown(String.valueOf(e.getMessage()));
        }
    }

    private void agent(String name, Supplier<SlotsAnswer> reads) {
        agents.put(HostId.of(name), reads);
        candidates.add(DiskActivityTest.host(name, io.holdfast.compute.HostState.SERVING, "127.0.0.1"));
    }

    private RelayedSlots started() {
        RelayedSlots slots = new RelayedSlots(
                SEGMENT,
                () -> leads,
                () -> {
                    if (storeAway) {
                        throw new IllegalStateException("the database is away");
                    }
                    return List.copyOf(candidates);
                },
                new DeafAgents() {
                    @Override
                    public SlotsAnswer slots(ComputeHost host, Duration deadline) {
                        asked.add(host.id());
                        return agents.get(host.id()).get();
                    }
                },
                signs -> told = signs);
        slots.start();
        return slots;
    }

    private void awaitSign(Class<? extends SlotSign> kind) {
        await().atMost(LIMIT).until(() -> kind.isInstance(told.get(H1)));
    }

    @Test
    void aSlotThatBeatsIsToldAndOneThatStandsStillIsOnlyUnknown() {
        agent("h2", this::read);
        try (RelayedSlots _ = started()) {
            awaitSign(SlotSign.Beating.class);
            assertThat(told.get(H1)).isEqualTo(new SlotSign.Beating("boot-1", "h2"));
            assertThat(told.get(H1).text()).isEqualTo("beating, as h2 reads it");
            beating = false;
            awaitSign(SlotSign.Unreadable.class);
            assertThat(told.get(H1).text()).contains("as h2 reads it, no new heartbeat was seen");
            beating = true;
            awaitSign(SlotSign.Beating.class);
        }
    }

    @Test
    void whoCannotReadIsFollowedByTheNext() {
        agent("h2", () -> new SlotsAnswer.Unknown("it has none"));
        agent("h3", () -> new SlotsAnswer.Read(ByteBuffer.allocate(5_000)));
        agent("h4", this::read);
        try (RelayedSlots _ = started()) {
            awaitSign(SlotSign.Beating.class);
            assertThat(told.get(H1)).isEqualTo(new SlotSign.Beating("boot-1", "h4"));
        }
        assertThat(asked).startsWith(HostId.of("h2"), HostId.of("h3"), HostId.of("h4"), HostId.of("h4"));
    }

    @Test
    void ofTheHostThatReadsNothingIsTold() {
        agent("h1", this::read);
        try (RelayedSlots _ = started()) {
            await().atMost(LIMIT).until(() -> asked.size() >= 3);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void whoDoesNotLeadAsksNobodyAndADatabaseThatIsAwayEndsNothing() {
        leads = false;
        storeAway = true;
        agent("h2", this::read);
        try (RelayedSlots _ = started()) {
            await().during(Duration.ofMillis(1_500)).atMost(LIMIT).until(asked::isEmpty);
            leads = true;
            await().during(Duration.ofMillis(1_500)).atMost(LIMIT).until(asked::isEmpty);
            storeAway = false;
            awaitSign(SlotSign.Beating.class);
        }
    }
}
