package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The networks of a new instance, as {@code openstack server create} and {@code nova boot} take them. */
final class ServerCards {

    private static final String FORMS = "none, auto, net-id=NETWORK[,v4-fixed-ip=ADDRESS] or port-id=PORT";

    @Option(
            names = "--network",
            paramLabel = "NETWORK",
            description = "name or id of a network that it gets a card on; may be repeated (default: --nic auto)")
    @Nullable
    List<String> networks;

    @Option(names = "--nic", paramLabel = "NIC", description = "a card: " + FORMS + "; may be repeated")
    @Nullable
    List<String> nics;

    /** Refuses what cannot be meant, before the controller is asked for anything. */
    void check() {
        if (networks != null && nics != null) {
            throw wrong("--network and --nic exclude each other", "--network NET is --nic net-id=NET");
        }
        if (nics == null) {
            return;
        }
        for (String nic : nics) {
            if (isWord(nic) && nics.size() > 1) {
                throw wrong("--nic " + nic + " stands alone", "leave it or the others out");
            }
            if (!isWord(nic) && !nic.matches("port-id=[^,]+|net-id=[^,]+(,v4-fixed-ip=[^,]+)?")) {
                throw wrong("--nic " + nic + " is not understood", "it is " + FORMS);
            }
        }
    }

    private static boolean isWord(String nic) {
        return nic.equals("none") || nic.equals("auto");
    }

    private static CommandFailure wrong(String what, String advice) {
        return new CommandFailure(ExitCode.USAGE, what, advice);
    }

    /** The value of {@code networks} in the request; asks the controller for the ids of what was named. */
    JsonNode networks(ApiClient api) {
        ArrayNode cards = JsonNodeFactory.instance.arrayNode();
        if (networks != null) {
            networks.forEach(name -> cards.add(onNetwork(api, name)));
            return cards;
        }
        if (nics == null) {
            return JsonNodeFactory.instance.textNode("auto");
        }
        for (String nic : nics) {
            if (isWord(nic)) {
                return JsonNodeFactory.instance.textNode(nic);
            }
            cards.add(card(api, nic));
        }
        return cards;
    }

    private static ObjectNode card(ApiClient api, String nic) {
        String named = nic.substring(nic.indexOf('=') + 1);
        if (nic.startsWith("port-id=")) {
            return Client.object().put("port", Names.id(api, Names.Kind.PORT, named));
        }
        int comma = named.indexOf(',');
        if (comma < 0) {
            return onNetwork(api, named);
        }
        String address = named.substring(named.indexOf('=') + 1);
        return onNetwork(api, named.substring(0, comma)).put("fixed_ip", address);
    }

    private static ObjectNode onNetwork(ApiClient api, String network) {
        return Client.object().put("uuid", Names.id(api, Names.Kind.NETWORK, network));
    }
}
