package io.holdfast.chaos.sim;

import io.holdfast.fencing.ActPermit;
import io.holdfast.fencing.core.FenceLadder;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.model.Fact;
import io.holdfast.recovery.RecoverySettings;
import java.util.List;

/**
 * Where a planted mistake can put its hand in. Each method is given the product's part and returns it, unless a mutant
 * overrides it; the product itself knows nothing of mutants.
 */
public class Mutation {

    private final AgentRules agentRules = AgentRules.real();
    private final SelfFenceRules selfFenceRules = SelfFenceRules.real();

    /** By which rules agents take orders. */
    public AgentRules agentRules() {
        return agentRules;
    }

    /** By which rules hosts pet their watchdogs, and controllers count on that. */
    public SelfFenceRules selfFenceRules() {
        return selfFenceRules;
    }

    /** The database's ports, as the database answers them. */
    public StorePorts store(World world, StorePorts real) {
        return real;
    }

    public FenceRules fenceRules(World world) {
        return FenceLadder::step;
    }

    public MembershipRules membershipRules(MembershipMachine real) {
        return real::step;
    }

    /** Whether a controller may act now. */
    public ActPermit permit(World world, ActPermit real) {
        return real;
    }

    public RecoverySettings recovery(RecoverySettings real) {
        return real;
    }

    public MembershipSettings membership(MembershipSettings real) {
        return real;
    }

    /** What reaches subscribers. */
    public List<Fact> told(World world, Fact fact) {
        return List.of(fact);
    }

    /** For a controller that does not look at its lease. */
    public boolean leaseNeverEnds() {
        return false;
    }

    /** How much room the database takes a host to have. */
    public double room(double real) {
        return real;
    }

    /** Whether a host that comes back does without those whose strict group lives elsewhere. */
    public boolean partsFromGroups() {
        return true;
    }

    /** Whether the home of a planned move is asked to stop the instance before that gets its new home. */
    public boolean asksTheHome() {
        return true;
    }

    /** Whether an owner's acknowledged wish is stored at all. */
    public boolean storesCreates(World world) {
        return true;
    }
}
