package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.Mutation;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** All planted mistakes, by name. */
public final class Mutants {

    /**
     * A mistake.
     *
     * @param killer a seed that is known to find it, with the usual trial; 0 when none is known
     */
    public record Mutant(String name, String meaning, long killer, Supplier<Mutation> mutation) {}

    private static final List<Mutant> ALL = List.of(
            new Mutant("skip-read-back", "a device's word counts as the proof", 1, FenceMutants::skipReadBack),
            new Mutant("unknown-is-off", "a power reading of UNKNOWN counts as OFF", 14, FenceMutants::unknownIsOff),
            new Mutant(
                    "one-off-after-refusal-on",
                    "a reading of ON counts as OFF after a refusal",
                    16,
                    FenceMutants::refusedIsOff),
            new Mutant(
                    "one-outlet-is-enough",
                    "a level is proven when one of its devices proves",
                    4,
                    FenceMutants::oneOutletIsEnough),
            new Mutant("agent-forgets-leader", "an agent takes orders of an older leader", 2, AgentMutants::anyLeader),
            new Mutant(
                    "agent-forgets-generation",
                    "an agent takes orders of an older generation or epoch",
                    2,
                    AgentMutants::anyGeneration),
            new Mutant(
                    "list-of-another-boot",
                    "an agent takes a list of what it owns that was made before its host was fenced",
                    578,
                    AgentMutants::anyBoot),
            new Mutant(
                    "agent-believes-every-guest",
                    "an agent says of a guest that it is healthy as soon as its process runs",
                    783,
                    AgentMutants::believesEveryGuest),
            new Mutant(
                    "agent-forgets-number",
                    "an agent takes a list of what it owns that a newer one has overtaken",
                    68,
                    AgentMutants::anyNumber),
            new Mutant(
                    "claim-forgets-leader",
                    "the store takes a claim of an older leader",
                    379,
                    StoreMutants::claimAnyLeader),
            new Mutant(
                    "condemn-forgets-leader",
                    "the store takes a condemnation of an older leader",
                    468,
                    StoreMutants::condemnAnyLeader),
            new Mutant(
                    "fence-journal-forgets-leader",
                    "the fence journal takes an intent of an older leader",
                    22,
                    StoreMutants::intentAnyLeader),
            new Mutant(
                    "case-journal-forgets-leader",
                    "the case journal takes a write of an older leader",
                    12,
                    StoreMutants::casesAnyLeader),
            new Mutant(
                    "supervisor-unheard",
                    "what a supervisor answers for its host is not heard",
                    6,
                    MembershipMutants::supervisorUnheard),
            new Mutant("stale-lease", "a controller acts although its lease has run out", 2441, ActMutants::staleLease),
            new Mutant(
                    "claim-without-proof",
                    "a condemned host counts as fenced as soon as somebody asks",
                    1,
                    StoreMutants::withoutProof),
            new Mutant(
                    "start-before-claim", "a claim is answered before it is stored", 4, StoreMutants::claimNotStored),
            new Mutant("over-claim", "a claim is granted on a host that is full", 303, ActMutants::overClaim),
            new Mutant(
                    "journal-after-acting",
                    "cases are stored seconds after they were acted on",
                    1,
                    StoreMutants::journalLate),
            new Mutant(
                    "forget-waiting-case",
                    "a new leader does not read the cases that wait for a human",
                    35,
                    StoreMutants::forgetsWaiting),
            new Mutant(
                    "resume-from-wrong-step",
                    "a new leader takes a case that evacuates for one that is over",
                    5,
                    StoreMutants::resumesWrong),
            new Mutant("no-grace", "a new controller condemns without a grace period", 16, MembershipMutants::noGrace),
            new Mutant(
                    "one-observer-twice",
                    "the probe's silence counts for the lease's too",
                    7,
                    MembershipMutants::oneObserverTwice),
            new Mutant(
                    "deaf-observer",
                    "a controller that hears nobody trusts itself",
                    164,
                    MembershipMutants::deafObserver),
            new Mutant(
                    "no-storm-guard",
                    "any number of hosts may be condemned at once",
                    164,
                    MembershipMutants::noStormGuard),
            new Mutant("wrong-project", "a notice goes to another project", 1, NoticeMutants::wrongProject),
            new Mutant(
                    "drop-notice", "owners are not told what is about their instances", 1, NoticeMutants::dropNotice),
            new Mutant("no-human-called", "no human is ever called", 5, NoticeMutants::noHuman),
            new Mutant(
                    "home-splits-group",
                    "a host that comes back gets those back whose strict group lives elsewhere",
                    18,
                    ActMutants::splitsGroups),
            new Mutant(
                    "move-unasked",
                    "a planned move gives the instance its new home before the old one has confirmed that it stopped",
                    1,
                    ActMutants::movesUnasked),
            new Mutant(
                    "maintenance-unseen",
                    "a fenced host gets its power back although somebody has it in maintenance",
                    70,
                    StoreMutants::maintenanceUnseen),
            new Mutant(
                    "unarmed-counts",
                    "a host that has armed no watchdog counts as having stopped itself",
                    15,
                    SelfFenceMutants::unarmedCounts),
            new Mutant(
                    "bound-without-the-device",
                    "a host counts as having stopped itself before its watchdog can have fired",
                    38,
                    SelfFenceMutants::boundWithoutTheDevice),
            new Mutant(
                    "unreadable-is-still",
                    "a slot that cannot be read counts as one that stands still",
                    29,
                    SelfFenceMutants::unreadableIsStill),
            new Mutant(
                    "pets-without-licence",
                    "an agent pets its watchdog although neither its slot nor its lease is good",
                    29,
                    SelfFenceMutants::petsWithoutLicence),
            new Mutant(
                    "pets-by-lease-alone",
                    "an agent pets its watchdog by its lease alone",
                    4,
                    SelfFenceMutants::petsByLeaseAlone),
            new Mutant(
                    "say-cut-short",
                    "a consumer that is asked has a second to answer, whatever its owner wrote",
                    9,
                    ActMutants::saysCutShort),
            new Mutant(
                    "say-begins-again",
                    "a new leader gives a consumer that is asked its whole time again",
                    9,
                    StoreMutants::saysBeginAgain),
            new Mutant("lose-create", "an acknowledged create is not stored", 1, ActMutants::loseCreate));

    private Mutants() {}

    public static List<Mutant> all() {
        return ALL;
    }

    public static Optional<Mutant> named(String name) {
        return ALL.stream().filter(mutant -> mutant.name().equals(name)).findFirst();
    }
}
