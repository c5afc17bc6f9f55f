package io.holdfast.chaos.sim;

import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.observer.LeaseFact;
import io.holdfast.fencing.observer.PillOrder;
import io.holdfast.fencing.observer.SelfFenceSight;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.zookeeper.Confirmations;
import io.holdfast.model.HostId;
import io.holdfast.server.controller.WatchedSlots;
import io.holdfast.slot.Answer;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.core.SlotWatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the product's slot watch, and its watch of confirmations, with what this controller reads, and orders hosts to die by their
 * slots; what the product's observer does on threads of its own, in the same order.
 *
 * <p>Looks that nobody needs are not played: while all slots flow and no host is doubted, they would find the same. Whoever needs them
 * again begins to count, as the product does from the last change that it saw, a look ago.
 */
final class SlotShell {

    /** Without it the watch of confirmations takes a longer time between two looks for a pause. */
    private static final Duration GAP = Duration.ofSeconds(2);

    /** While only the dead stand still: often enough for every age to go on. */
    private static final Duration CALM_LOOK = Duration.ofMillis(1400);

    /** Between two tries to write into a slot that cannot be read. */
    private static final Duration TRY_AGAIN = Duration.ofMillis(100);

    private final ControllerProcess process;
    private final FencingSettings.Slot settings;
    private final Consumer<Map<HostId, SlotSign>> told;
    private final Dice dice;
    private SlotWatch watch = SlotWatch.start();
    private Confirmations leases = Confirmations.none();
    private Timeline.@Nullable Event next;
    private boolean looking;
    private long lookedAt = Long.MIN_VALUE;
    private int attempts;
    private boolean waked;

    /** @param told is given what is known of all slots after each look */
    SlotShell(ControllerProcess process, Consumer<Map<HostId, SlotSign>> told) {
        this.process = process;
        this.settings = process.world().settings().slots();
        this.told = told;
        this.dice = process.world().dice("slots of " + process.name());
    }

    // ---- looking

    /** Some slot began to stand still or to flow, or somebody has been written to. */
    void wake() {
        if (process.world().hasSlots()) {
            // Not in the midst of whatever is being done to the host.
            process.world()
                    .timeline()
                    .soon(() -> process.run(() -> {
                        waked = true;
                        freshen();
                        schedule();
                    }));
        }
    }

    /** For whoever judges now: what the looks that were not played would have found. */
    void freshen() {
        long now = process.nanos();
        if (!process.world().hasSlots()
                || looking
                || now - lookedAt <= settings.gapMax().toNanos()) {
            return;
        }
        take(reachable() ? process.world().slots().read() : unreadable(), now);
        schedule();
    }

    private boolean reachable() {
        return process.world().storage().reachable(process.name());
    }

    private DeviceReading unreadable() {
        return new DeviceReading.Unreadable(
                "the storage has not answered within " + settings.deadline().toMillis() + " ms");
    }

    private void schedule() {
        if (looking) {
            return;
        }
        boolean close = waked || attempts > 0 || process.membership().isAwake();
        if (!close && process.world().slotsFlow()) {
            return;
        }
        Duration pace = close ? settings.lookInterval() : CALM_LOOK;
        if (next == null) {
            next = process.after(pace, this::look);
        } else if (close && next.at() > process.world().timeline().now() + pace.toNanos()) {
            next.cancel();
            next = process.after(pace, this::look);
        }
    }

    private void look() {
        next = null;
        waked = false;
        looking = true;
        long began = process.nanos();
        if (reachable()) {
            process.world().timeline().after(dice.between(Duration.ofMillis(1), Duration.ofMillis(15)), () -> {
                DeviceReading reading = process.world().slots().read();
                process.run(() -> looked(reading, began));
            });
        } else {
            process.after(settings.deadline(), () -> looked(unreadable(), began));
        }
    }

    private void looked(DeviceReading reading, long began) {
        looking = false;
        take(reading, began);
        schedule();
    }

    private void take(DeviceReading reading, long began) {
        lookedAt = process.nanos();
        watch = watch.look(reading, began, lookedAt, settings.gapMax());
        confirmations(SelfFenceSight.silent(watch.facts(), settings));
        told.accept(WatchedSlots.signs(watch.facts(), settings));
    }

    private void confirmations(Set<HostId> silent) {
        ZooKeeper zooKeeper = process.world().zooKeeper();
        if (silent.isEmpty() || !process.connected() || !zooKeeper.reachable(process.name())) {
            leases = Confirmations.none();
            return;
        }
        Map<HostId, Confirmations.Look> looks = new HashMap<>();
        silent.forEach(host -> {
            Confirmations.Look look = zooKeeper.confirmations(host);
            if (look != null) {
                looks.put(host, look);
            }
        });
        leases = leases.look(
                looks, process.nanos(), process.nanos(), settings.lookInterval().plus(GAP));
    }

    /** Its connection to ZooKeeper was disturbed: no age of a lease counts any more. */
    void disturbed() {
        leases = Confirmations.none();
    }

    // ---- fencing

    /** As long as somebody counts on the slots, they are read. */
    void attempt(boolean begins) {
        attempts += begins ? 1 : -1;
        freshen();
        schedule();
    }

    Isolation isolation(FenceRequest request) {
        freshen();
        LeaseFact lease = WatchedSlots.fact(leases.of(request.host()));
        SelfFenceSight sight = new SelfFenceSight(
                watch.device().orElse(null),
                watch.blind().orElse(""),
                watch.facts().get(request.host()),
                lease,
                settings);
        return process.world().mutation().selfFenceRules().isolation(sight, request);
    }

    /** Tells a host by its slot to die. Answers once. */
    void order(FenceRequest request, Duration deadline, Consumer<PowerOrder> answer) {
        order(request, process.nanos(), process.nanos() + deadline.toNanos(), answer);
    }

    private void order(FenceRequest request, long beganNanos, long untilNanos, Consumer<PowerOrder> answer) {
        Consumer<PowerOrder> said = word -> {
            if (word.answer() != PowerOrder.Answer.NO_ANSWER || process.nanos() - untilNanos >= 0) {
                answer.accept(word);
            } else {
                process.after(TRY_AGAIN, () -> order(request, beganNanos, untilNanos, answer));
            }
        };
        freshen();
        PillOrder what = PillOrder.of(
                watch.facts().get(request.host()),
                watch.blind().orElse(""),
                request,
                process.name(),
                process.clock().instant());
        switch (what) {
            case PillOrder.Said(PowerOrder.Answer word, String detail) -> said.accept(word(word, detail, beganNanos));
            case PillOrder.Write write -> write(write, beganNanos, said);
        }
    }

    private void write(PillOrder.Write write, long beganNanos, Consumer<PowerOrder> said) {
        if (!reachable()) {
            process.after(
                    settings.deadline(),
                    () -> said.accept(
                            word(PowerOrder.Answer.NO_ANSWER, "the storage has not answered in time", beganNanos)));
            return;
        }
        World world = process.world();
        world.timeline().after(dice.between(Duration.ofMillis(1), Duration.ofMillis(15)), () -> {
            Answer<Long> done = world.slots().pill(write.slot(), write.pill());
            if (done instanceof Answer.Done) {
                world.story()
                        .tell(
                                process.name(),
                                "has put a pill into the slot of "
                                        + write.pill().host());
            }
            world.storageChanged();
            process.run(() -> said.accept(
                    switch (done) {
                        case Answer.Done<Long> pill ->
                            word(
                                    PowerOrder.Answer.ACCEPTED,
                                    "pill " + pill.value() + " in slot " + write.slot() + ", read back",
                                    beganNanos);
                        case Answer.Refused<Long> refused ->
                            word(PowerOrder.Answer.REFUSED, refused.reason(), beganNanos);
                        case Answer.Failed<Long> failed ->
                            word(PowerOrder.Answer.NO_ANSWER, failed.reason(), beganNanos);
                    }));
        });
    }

    private PowerOrder word(PowerOrder.Answer answer, String detail, long beganNanos) {
        return new PowerOrder(answer, detail, Duration.ofNanos(process.nanos() - beganNanos));
    }
}
