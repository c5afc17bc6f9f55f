package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeHost;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KernelDump;
import io.holdfast.fencing.PowerOn;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.fencing.core.FenceLadder;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.recovery.Fencing;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Conducts fence attempts by events: what the product's fencer does in blocking calls, in the same order (look for a
 * proof and for levels that were left; read, journal the intent, ask the permit, order, read back; journal the proof, or that
 * the level is left), by the rules of {@link FenceLadder}. Words and proofs that exist already are the product's fencer's own.
 */
final class FenceShell implements Fencing {

    private static final String SELF_FENCE = "self-fence";

    private final ControllerProcess process;
    private final FenceJournal journal;
    private final FenceRules rules;
    private final FencingSettings settings = FencingSettings.defaults();
    private final Fencer fencer;
    private final Set<HostId> underWay = new HashSet<>();

    /** Hosts that are being given their power back. */
    private final Map<HostId, PowerBack> givenBack = new HashMap<>();

    /** Devices for which an order may have been carried out, in which life of the host. */
    private final Map<HostId, Ordered> ordered = new HashMap<>();

    private record Ordered(HostEpoch epoch, Set<FenceLadder.Place> places) {}

    FenceShell(ControllerProcess process, InstantSource clock) {
        this.process = process;
        this.journal = process.database().fences();
        this.rules = process.world().mutation().fenceRules(process.world());
        this.fencer = new Fencer(FenceDevices.one(Map.of()), journal, process.permit(), settings, clock);
    }

    @Override
    public FenceResult fence(FenceRequest request) {
        throw new IllegalStateException("a fence takes its time; it is asked for as a remote call");
    }

    @Override
    public FenceProof acceptWord(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
        return fencer.acceptWord(caseId, host, epoch, by, reason);
    }

    @Override
    public FenceProof confirmDead(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
        return fencer.confirmDead(caseId, host, epoch, by, reason);
    }

    @Override
    public List<String> levels(HostId host) {
        return ladder(process.world().host(host)).stream()
                .map(level -> String.join(" and ", level))
                .toList();
    }

    /** The names of what isolates the host, level by level; a host that fences itself does so at the last one. */
    private static List<List<String>> ladder(Host host) {
        List<List<String>> names = new ArrayList<>();
        host.fencing()
                .forEach(level ->
                        names.add(level.stream().map(PowerDevice::party).toList()));
        if (host.selfFence() != null) {
            names.add(List.of(SELF_FENCE));
        }
        return names;
    }

    private List<FenceLadder.Level> rules(Host host) {
        List<FenceLadder.Level> rules = new ArrayList<>();
        for (List<String> level : ladder(host)) {
            boolean itself = level.contains(SELF_FENCE);
            rules.add(new FenceLadder.Level(
                    level,
                    1,
                    Duration.ZERO,
                    itself ? process.world().settings().slots().levelTime() : null));
        }
        return rules;
    }

    @Override
    public Optional<FenceProof> restore(HostId host, HostEpoch epoch) {
        return fencer.restore(host, epoch);
    }

    @Override
    public PowerOn.Answer powerOn(PowerOn.Wish wish) {
        throw new IllegalStateException("power comes back in its time; it is asked for as a remote call");
    }

    /** No host of a simulated world has a crash kernel. */
    @Override
    public boolean isProvenByCrash(HostId host) {
        return false;
    }

    @Override
    public Optional<KernelDump> dump(HostId host, boolean patient) {
        return Optional.empty();
    }

    /** Gives a host its power back, and gives way to a fence. */
    CompletionStage<PowerOn.Answer> giveBack(PowerOn.Wish wish) {
        HostId host = wish.host();
        if (underWay.contains(host) || givenBack.containsKey(host)) {
            return CompletableFuture.completedFuture(new PowerOn.Answer.NotNow("the host is being fenced"));
        }
        PowerBack back = new PowerBack(process, journal, settings, wish);
        givenBack.put(host, back);
        return back.begin().whenComplete((_, _) -> givenBack.remove(host, back));
    }

    CompletionStage<FenceResult> begin(FenceRequest request) {
        if (!underWay.add(request.host())) {
            return CompletableFuture.completedFuture(
                    new FenceResult.Unknown("another attempt on this host is still running", List.of()));
        }
        PowerBack back = givenBack.remove(request.host());
        if (back != null) {
            back.giveWay();
        }
        CompletableFuture<FenceResult> result = new CompletableFuture<>();
        var _ = result.whenComplete((_, _) -> underWay.remove(request.host()));
        process.after(process.callTime(), () -> {
            List<FenceLadder.Level> levels = rules(host(request));
            List<FenceLadder.Left> left;
            FenceRequest ofBoot = request;
            try {
                Optional<FenceProof> earlier = restore(request.host(), request.epoch());
                if (earlier.isPresent()) {
                    result.complete(new FenceResult.Proven(earlier.get(), List.of("already proven")));
                    return;
                }
                if (host(request).selfFence() != null) {
                    ofBoot = request.ofBoot(condemnedBoot(request));
                }
                left = levels.size() > 1 ? journal.left(request) : List.of();
            } catch (RuntimeException away) {
                result.complete(new FenceResult.Failed("the fence journal cannot be read", List.of()));
                return;
            }
            if (levels.isEmpty()) {
                process.tell("has no power device of " + request.host());
                result.complete(
                        new FenceResult.Failed("no fence device is configured for host " + request.host(), List.of()));
                return;
            }
            process.tell("begins to fence " + request.host() + " (attempt " + request.attempt() + ")");
            if (host(request).selfFence() != null) {
                process.slots().attempt(true);
                var _ = result.whenComplete((_, _) -> process.slots().attempt(false));
            }
            Ordered before = ordered.get(request.host());
            new Attempt(ofBoot, result)
                    .follow(FenceLadder.begin(
                            levels,
                            settings.timing(request.deadline()),
                            left,
                            before != null && before.epoch().equals(request.epoch()) ? before.places() : Set.of(),
                            process.nanos()));
        });
        return result;
    }

    /** The boot that was admitted in the life that was condemned. */
    private @Nullable String condemnedBoot(FenceRequest request) {
        return process.database()
                .hosts()
                .find(request.host())
                .filter(row -> row.epoch().equals(request.epoch()))
                .map(ComputeHost::bootId)
                .orElse(null);
    }

    private Host host(FenceRequest request) {
        return process.world().host(request.host());
    }

    /** One climb over the levels; its whole state is {@link FenceLadder}'s. */
    private final class Attempt {
        private final FenceRequest request;
        private final CompletableFuture<FenceResult> result;
        private FenceLadder.@Nullable State state;
        private int questions;

        private Attempt(FenceRequest request, CompletableFuture<FenceResult> result) {
            this.request = request;
            this.result = result;
        }

        private void follow(FenceLadder.Step step) {
            state = step.next();
            questions++;
            ordered.put(
                    request.host(), new Ordered(request.epoch(), state.climb().ordered()));
            if (step.ended()) {
                end(state);
                return;
            }
            switch (step.commands().getFirst()) {
                case FenceLadder.Ask(FenceLadder.Place place, FenceAttempt.ReadPower read) -> {
                    if (isItself(place)) {
                        look();
                    } else {
                        read(device(place), read.timeout());
                    }
                }
                case FenceLadder.Ask(FenceLadder.Place place, FenceAttempt.OrderOff order) ->
                    order(place, order.timeout());
                case FenceLadder.Ask(FenceLadder.Place _, FenceAttempt.Pause pause) -> {
                    int asked = questions;
                    process.after(pause.length(), () -> on(asked, new FenceAttempt.Woke()));
                }
                case FenceLadder.Note note -> note(note.left());
            }
        }

        /** No device cuts its power at this level: the host is told to stop itself. */
        private boolean isItself(FenceLadder.Place place) {
            return place.level() > host(request).fencing().size();
        }

        private String name(FenceLadder.Place place) {
            return ladder(host(request)).get(place.level() - 1).get(place.device() - 1);
        }

        private void look() {
            int asked = questions;
            process.after(
                    process.callTime(),
                    () -> on(asked, new FenceAttempt.Read(process.slots().isolation(request))));
        }

        private PowerDevice device(FenceLadder.Place place) {
            return host(request).fencing().get(place.level() - 1).get(place.device() - 1);
        }

        private void note(FenceLadder.Left left) {
            int asked = questions;
            process.after(process.callTime(), () -> {
                process.tell("leaves level " + left.level() + " of " + request.host() + ": " + left.reason());
                write(entry(
                        left.level(),
                        String.join(", ", ladder(host(request)).get(left.level() - 1)),
                        FenceJournal.LEVEL,
                        left.known() ? FenceJournal.FAILED : FenceJournal.UNKNOWN,
                        left.reason()));
                answered(asked, new FenceLadder.Noted());
            });
        }

        /** What cannot be written down changes nothing about it. */
        private void write(FenceJournal.Entry entry) {
            try {
                journal.append(entry);
            } catch (DatabaseAway | StoreException away) {
                process.tell("cannot write down what came of " + entry.act() + ": " + away.getMessage());
            }
        }

        private void on(int question, FenceAttempt.Event event) {
            answered(question, new FenceLadder.Answer(event));
        }

        /** Takes the first answer to the question that is open, and no other. */
        private void answered(int question, FenceLadder.Event event) {
            process.run(() -> {
                if (question == questions) {
                    follow(rules.step(Objects.requireNonNull(state), event, process.nanos()));
                }
            });
        }

        private void read(PowerDevice device, Duration timeout) {
            int asked = questions;
            process.after(
                    timeout,
                    () -> on(asked, new FenceAttempt.Read(new PowerReading(PowerState.UNKNOWN, "no answer", timeout))));
            device.readPower(process.name(), reading -> on(asked, new FenceAttempt.Read(reading)));
        }

        private void order(FenceLadder.Place place, Duration timeout) {
            int asked = questions;
            process.after(process.callTime(), () -> {
                try {
                    journal.appendIntent(
                            entry(place.level(), name(place), "order-off", "INTENDED", ""),
                            request.segment(),
                            request.leader());
                } catch (DatabaseAway | StoreException away) {
                    on(asked, new FenceAttempt.Barred("the fence journal cannot be written: " + away.getMessage()));
                    return;
                }
                if (!process.permit().mayAct(request.segment(), request.leader())) {
                    on(asked, new FenceAttempt.Barred("this controller no longer leads"));
                    return;
                }
                String calledOff = request.callOff().reason();
                if (!calledOff.isEmpty()) {
                    on(asked, new FenceAttempt.Barred(calledOff));
                    return;
                }
                process.after(
                        timeout,
                        () -> on(
                                asked,
                                new FenceAttempt.Ordered(
                                        new PowerOrder(PowerOrder.Answer.NO_ANSWER, "no answer", timeout))));
                process.world().checkers().cutOrdered(host(request), process.name(), request.leader());
                if (isItself(place)) {
                    process.tell("orders " + request.host() + " to stop itself");
                    process.slots().order(request, timeout, word -> on(asked, new FenceAttempt.Ordered(word)));
                } else {
                    PowerDevice device = device(place);
                    process.tell("orders " + request.host() + " off" + by(device));
                    device.powerOff(process.name(), word -> on(asked, new FenceAttempt.Ordered(word)));
                }
            });
        }

        /** A host with one device needs no word about which. */
        private String by(PowerDevice device) {
            return host(request).fencing().equals(List.of(List.of(device)))
                            && host(request).selfFence() == null
                    ? ""
                    : " by " + device.party();
        }

        private void end(FenceLadder.State ended) {
            List<String> steps = ended.climb().steps();
            switch (ended) {
                case FenceLadder.Proven proven -> proven(proven);
                case FenceLadder.Failed failed -> {
                    process.tell("could not fence " + request.host() + ": " + failed.reason());
                    over(FenceJournal.FAILED, failed.reason());
                    result.complete(new FenceResult.Failed(failed.reason(), steps));
                }
                case FenceLadder.Unknown unknown -> {
                    process.tell("does not know whether " + request.host() + " is off: " + unknown.reason());
                    over(FenceJournal.UNKNOWN, unknown.reason());
                    result.complete(new FenceResult.Unknown(unknown.reason(), steps));
                }
                case FenceLadder.Waiting s -> throw new IllegalStateException("ended in " + s);
                case FenceLadder.Trying s -> throw new IllegalStateException("ended in " + s);
                case FenceLadder.Confirming s -> throw new IllegalStateException("ended in " + s);
                case FenceLadder.Leaving s -> throw new IllegalStateException("ended in " + s);
            }
        }

        private void over(String how, String reason) {
            write(entry(
                    0,
                    String.join(
                            ", ",
                            ladder(host(request)).stream().flatMap(List::stream).toList()),
                    FenceJournal.RESULT,
                    how,
                    reason));
        }

        private void proven(FenceLadder.Proven proven) {
            int level = proven.climb().level();
            List<String> names = ladder(host(request)).get(level - 1);
            List<String> steps = proven.climb().steps();
            try {
                journal.append(entry(
                        level,
                        String.join(", ", names),
                        FenceJournal.PROOF,
                        proven.kind().name(),
                        proven.evidence()));
                FenceProof proof = restore(request.host(), request.epoch()).orElseThrow();
                boolean simple = ladder(host(request)).size() == 1 && names.size() == 1;
                process.tell("has proven that " + request.host()
                        + (proven.kind() == FenceProof.Kind.SELF_FENCED ? " has stopped itself" : " is off")
                        + (simple ? "" : ", at level " + level + " (" + String.join(" and ", names) + ")"));
                result.complete(new FenceResult.Proven(proof, steps));
            } catch (RuntimeException away) {
                result.complete(new FenceResult.Unknown("proven, but the proof cannot be journaled", steps));
            }
        }

        private FenceJournal.Entry entry(int level, String device, String act, String result, String evidence) {
            return FenceJournal.Entry.of(
                    request,
                    level,
                    device,
                    act,
                    result,
                    evidence,
                    process.name(),
                    process.clock().instant());
        }
    }
}
