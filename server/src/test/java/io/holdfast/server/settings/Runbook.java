package io.holdfast.server.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The runbook as a tree of sections, entries and tables. */
final class Runbook {

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final Map<String, Map<String, String>> sections = new LinkedHashMap<>();

    Runbook(Path file) throws IOException {
        Map<String, String> section = new LinkedHashMap<>();
        String entry = "";
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("## ")) {
                section = new LinkedHashMap<>();
                sections.put(line.substring(3), section);
                entry = "";
            } else if (line.startsWith("### ")) {
                entry = line.substring(4);
                section.put(entry, "");
            } else {
                section.merge(entry, line + "\n", String::concat);
            }
        }
    }

    /** The headings of one section with the text below each; what stands before the first has no name. */
    Map<String, String> entries(String section) {
        Map<String, String> found = sections.get(section);
        if (found == null) {
            throw new AssertionError("the runbook has no section '" + section + "', but " + sections.keySet());
        }
        return found;
    }

    /** What a whole section says, on one line. */
    String text(String section) {
        return String.join(" ", entries(section).values()).replaceAll("\\s+", " ");
    }

    /** The words in the first column of all tables of a text. */
    static TreeSet<String> firstColumn(String text) {
        TreeSet<String> words = new TreeSet<>();
        for (List<String> row : rows(text)) {
            Matcher code = CODE.matcher(row.getFirst());
            while (code.find()) {
                words.add(code.group(1));
            }
        }
        return words;
    }

    static List<List<String>> rows(String text) {
        List<List<String>> rows = new ArrayList<>();
        text.lines().filter(line -> line.startsWith("| ")).forEach(line -> {
            String[] cells = line.substring(2).split(" \\| | \\|$");
            rows.add(Arrays.stream(cells).map(String::strip).toList());
        });
        return rows;
    }
}
