package io.holdfast.chaos.sim;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerOn;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Gives a host its power back by events: what the product's fencer does in blocking calls, in the same order (the last level
 * first; read; if off, journal the intent, ask the permit, order, read until on).
 */
final class PowerBack {

    private static final int CALLS = 3;

    private final ControllerProcess process;
    private final FenceJournal journal;
    private final FencingSettings settings;
    private final PowerOn.Wish wish;
    private final Host host;
    private final CompletableFuture<PowerOn.Answer> result = new CompletableFuture<>();
    private final List<Place> places = new ArrayList<>();
    private final List<PowerOn.Device> found = new ArrayList<>();
    private int provenAt;
    private int questions;

    private record Place(int level, PowerDevice device) {}

    PowerBack(ControllerProcess process, FenceJournal journal, FencingSettings settings, PowerOn.Wish wish) {
        this.process = process;
        this.journal = journal;
        this.settings = settings;
        this.wish = wish;
        this.host = process.world().host(wish.host());
        for (int level = host.fencing().size(); level > 0; level--) {
            for (PowerDevice device : host.fencing().get(level - 1)) {
                places.add(new Place(level, device));
            }
        }
    }

    CompletableFuture<PowerOn.Answer> begin() {
        process.after(process.callTime(), () -> {
            if (places.isEmpty() && host.selfFence() == null) {
                result.complete(new PowerOn.Answer.NotNow("no fence device is configured for host " + wish.host()));
                return;
            }
            try {
                provenAt = journal.proof(wish.host(), wish.epoch())
                        .map(FenceJournal.Entry::level)
                        .orElse(0);
            } catch (DatabaseAway | StoreException away) {
                result.completeExceptionally(away);
                return;
            }
            next();
        });
        return result;
    }

    /** What the devices were asked is left where it is. */
    void giveWay() {
        questions++;
        result.complete(new PowerOn.Answer.NotNow("gave way to a question or an order in earnest"));
    }

    private void next() {
        if (found.size() == places.size()) {
            result.complete(new PowerOn.Answer.Done(found, provenAt));
            return;
        }
        read(reading -> {
            switch (reading.state()) {
                case ON -> is(PowerState.ON, "was on");
                case UNKNOWN -> is(PowerState.UNKNOWN, "no order given: " + reading.detail());
                case OFF -> order();
            }
        });
    }

    private Place place() {
        return places.get(found.size());
    }

    private void is(PowerState power, String detail) {
        Place place = place();
        found.add(new PowerOn.Device(place.level(), place.device().party(), power, detail));
        next();
    }

    private void order() {
        process.after(process.callTime(), () -> {
            if (result.isDone()) {
                return;
            }
            try {
                journal.appendIntent(entry("INTENDED", wish.reason()), wish.segment(), wish.leader());
            } catch (DatabaseAway | StoreException away) {
                result.completeExceptionally(away);
                return;
            }
            if (!process.permit().mayAct(wish.segment(), wish.leader())) {
                is(PowerState.OFF, "this controller does not lead any more; no order given");
                return;
            }
            PowerDevice device = place().device();
            process.tell("orders " + wish.host() + " on by " + device.party());
            process.world().checkers().powerOrdered(host, process.name(), wish.leader());
            long until =
                    process.nanos() + settings.callTimeout().multipliedBy(CALLS).toNanos();
            this.<PowerOrder>ask(
                    answer -> device.powerOn(process.name(), answer),
                    () -> readBack(until, settings.readBackPause()),
                    said -> readBack(until, settings.readBackPause()));
        });
    }

    private void readBack(long until, Duration pause) {
        read(reading -> {
            if (reading.state() == PowerState.ON || process.nanos() + pause.toNanos() - until > 0) {
                journaled(reading);
                return;
            }
            Duration longer = pause.multipliedBy(2).compareTo(settings.readBackPauseMax()) < 0
                    ? pause.multipliedBy(2)
                    : settings.readBackPauseMax();
            int asked = questions;
            process.after(pause, () -> {
                if (asked == questions) {
                    readBack(until, longer);
                }
            });
        });
    }

    private void journaled(PowerReading reading) {
        try {
            journal.append(entry("READ_" + reading.state(), reading.detail()));
        } catch (DatabaseAway | StoreException away) {
            result.completeExceptionally(away);
            return;
        }
        is(reading.state(), "ordered on; reads " + reading.state());
    }

    private void read(Consumer<PowerReading> then) {
        Duration timeout = settings.callTimeout();
        ask(
                answer -> place().device().readPower(process.name(), answer),
                () -> then.accept(new PowerReading(PowerState.UNKNOWN, "no answer", timeout)),
                then);
    }

    /** Takes the first of answer and time-out, unless it has given way meanwhile. */
    private <T> void ask(Consumer<Consumer<T>> question, Runnable late, Consumer<T> then) {
        int asked = ++questions;
        process.after(settings.callTimeout(), () -> {
            if (asked == questions) {
                questions++;
                late.run();
            }
        });
        question.accept(answer -> process.run(() -> {
            if (asked == questions) {
                questions++;
                then.accept(answer);
            }
        }));
    }

    private FenceJournal.Entry entry(String result, String evidence) {
        return new FenceJournal.Entry(
                null,
                wish.host(),
                wish.epoch(),
                0,
                place().level(),
                place().device().party(),
                "order-on",
                result,
                evidence,
                process.name(),
                process.clock().instant());
    }
}
