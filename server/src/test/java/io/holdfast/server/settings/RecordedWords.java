package io.holdfast.server.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The words that the code writes into timelines, notes and notices, read from its source: they are arguments of calls all
 * over the machines, and no list of them could be trusted to be whole.
 */
final class RecordedWords {

    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|(?m)^\\s*//[^\n]*$", Pattern.DOTALL);
    /** A method that takes a parameter of this name hands it to a timeline; so does one event. Other records are read back. */
    private static final Pattern RECORDER = Pattern.compile("\\b([a-z]\\w*|Noted)\\([^()]*\\bString kind\\b");

    private static final Pattern TELLING = Pattern.compile("\\btellNow\\(");
    private static final Pattern PARAMETER = Pattern.compile("(?:@\\w+ )?(?!new )[\\w.<>?]+ \\w+");
    private static final Pattern WORD = Pattern.compile("\"([a-z]+(?:-[a-z]+)*)\"");
    private static final Pattern NOTICE = Pattern.compile("\"((?:host|instance|segment)\\.[a-z]+(?:-[a-z]+)*)\"");

    /** Kinds of lines in timelines and of notes about hosts. */
    final TreeSet<String> kinds = new TreeSet<>();

    /** Types of notices. */
    final TreeSet<String> notices = new TreeSet<>();

    /** Calls whose word is none that can be read: the comparison would not see it. */
    final List<String> unread = new ArrayList<>();

    /**
     * @param machines what writes timelines and notices
     * @param others what writes notices only
     */
    RecordedWords(Path machines, Path... others) throws IOException {
        Map<Path, String> sources = sources(machines);
        TreeSet<String> recorders = new TreeSet<>();
        sources.values()
                .forEach(text -> RECORDER.matcher(text).results().forEach(found -> recorders.add(found.group(1))));
        Pattern recording = Pattern.compile("\\b(?:" + String.join("|", recorders) + ")\\((?!\\))");
        sources.forEach((file, text) -> {
            readKinds(file, text, recording);
            readNotices(text);
        });
        for (Path other : others) {
            sources(other).values().forEach(this::readNotices);
        }
    }

    private static Map<Path, String> sources(Path root) throws IOException {
        Map<Path, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                sources.put(file, COMMENT.matcher(Files.readString(file)).replaceAll(""));
            }
        }
        return sources;
    }

    private void readKinds(Path file, String text, Pattern recording) {
        recording.matcher(text).results().forEach(found -> {
            List<String> arguments = arguments(text, found.end());
            String word = word(arguments);
            boolean declared = arguments.stream()
                    .allMatch(argument -> PARAMETER.matcher(argument).matches());
            boolean handedOn = arguments.stream()
                    .anyMatch(argument ->
                            argument.equals("kind") || argument.endsWith(".kind()") || argument.equals("note"));
            if (word != null) {
                kinds.add(word);
            } else if (!declared && !handedOn) {
                unread.add(file.getFileName() + ": " + found.group() + String.join(", ", arguments) + ")");
            }
        });
    }

    private void readNotices(String text) {
        NOTICE.matcher(text).results().forEach(found -> notices.add(found.group(1)));
        Matcher telling = TELLING.matcher(text);
        while (telling.find()) {
            String what = word(arguments(text, telling.end()));
            if (what != null) {
                notices.add("host." + what);
                if (!what.equals("held") && !what.equals("left")) {
                    notices.add("instance." + what);
                }
            }
        }
    }

    /** The first argument that is a word and nothing else. */
    private static @Nullable String word(List<String> arguments) {
        for (String argument : arguments) {
            Matcher word = WORD.matcher(argument);
            if (word.matches()) {
                return word.group(1);
            }
        }
        return null;
    }

    private static List<String> arguments(String text, int from) {
        List<String> arguments = new ArrayList<>();
        int depth = 0;
        boolean quoted = false;
        StringBuilder argument = new StringBuilder();
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                quoted = c != '"' || text.charAt(i - 1) == '\\';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '(' || c == '{') {
                depth++;
            } else if ((c == ')' || c == '}') && depth > 0) {
                depth--;
            } else if (c == ')') {
                break;
            } else if (c == ',' && depth == 0) {
                arguments.add(argument.toString().replaceAll("\\s+", " ").strip());
                argument.setLength(0);
                continue;
            }
            argument.append(c);
        }
        arguments.add(argument.toString().replaceAll("\\s+", " ").strip());
        return arguments;
    }
}
