package io.holdfast.api.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may do what in one API: a rule for each operation of its contract, and for no other. That an owner's operations touch
 * only what is in its project is a matter of the operations (what is another project's is not there).
 *
 * @param rules by operation id
 */
public record Policy(Map<String, Rule> rules) {

    public Policy {
        rules = Map.copyOf(rules);
    }

    /** Begins a table. */
    public static Table table() {
        return new Table();
    }

    /**
     * @param user whom the operation is about, as its path says; empty where it says nobody
     * @throws ApiFault 403 when the caller's role does not allow the operation
     */
    public void require(String operation, Caller caller, Optional<String> user) {
        Rule rule = rules.get(operation);
        // A forgotten operation must not become everybody's.
        if (rule == null || !rule.allows(caller, user)) {
            throw new ApiFault(403, "Policy doesn't allow " + operation + " to be performed.");
        }
    }

    /** A table under construction: for each rule the operations to which it applies. */
    public static final class Table {

        private final Map<String, Rule> rules = new LinkedHashMap<>();

        private Table() {}

        /** @throws IllegalArgumentException when an operation has a rule already */
        public Table put(Rule rule, String... operations) {
            for (String operation : operations) {
                if (rules.put(operation, rule) != null) {
                    throw new IllegalArgumentException("two rules for " + operation);
                }
            }
            return this;
        }

        public Policy done() {
            return new Policy(rules);
        }
    }
}
