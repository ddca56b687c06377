#include "config/tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>

#include "config/yaml_text.h"

namespace prober::config {
namespace {

constexpr int kMostDepth = 64;
// Values that aliases may stand for, counted as if they were copied: a real file has a few dozen.
constexpr std::uint64_t kMostAliased = 1'000'000;
// Texts that are kept once however often they come.
constexpr std::size_t kMostShared = 64;

// Reads from memory that is already there; std::istringstream would copy it.
class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT: setg takes char*, nothing is written
    setg(begin, begin, begin + text.size());
  }
};

// Whether the line, counted from 0, is indented with a tab: the usual slip, of which yaml-cpp
// speaks in other words.
bool tab_indented(std::string_view text, int line) {
  for (; line > 0 && !text.empty(); --line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const std::string_view indent = text.substr(0, text.find_first_not_of(" \t"));
  return indent.find('\t') != std::string_view::npos;
}

struct Refused {
  SyntaxProblem problem;
};

}  // namespace

// Receives yaml-cpp's events. A trap of its 0.7: it keeps duplicate keys silently.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(Tree& tree, std::vector<SyntaxProblem>& problems) : tree_(tree), problems_(problems) {
    tree_.nodes_.emplace_back();
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    remember(anchor, attach(make(mark, Value::Kind::Null)));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refused{at(mark, "an alias inside its own anchor")};
    }
    aliased_ += sizes_[found->second];
    if (aliased_ > kMostAliased) {
      throw Refused{at(mark, fmt::format("aliases stand for more than {} values", kMostAliased))};
    }
    const std::uint32_t alias = make(mark, Value::Kind::Null);
    tree_.nodes_[alias].alias = true;
    tree_.nodes_[alias].at = found->second;
    attach(alias);
    if (!open_.empty()) {
      open_.back().size += sizes_[found->second];
    }
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::uint32_t node = make(mark, Value::Kind::Scalar);
    Tree::Node& made = tree_.nodes_[node];
    made.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    made.at = place(value);
    made.size_or_next = static_cast<std::uint32_t>(value.size());
    remember(anchor, attach(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Value::Kind::Sequence, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, Value::Kind::Map, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    find_duplicates(open_.back().node);
    close();
  }

 private:
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
    YAML::anchor_t anchor;
    std::uint64_t size;
  };

  static SyntaxProblem at(const YAML::Mark& mark, std::string message) {
    return {mark.line + 1, mark.column + 1, std::move(message), "", true};
  }

  std::uint32_t make(const YAML::Mark& mark, Value::Kind kind) {
    Tree::Node node;
    node.line = mark.line + 1;
    node.column = static_cast<std::uint16_t>(std::min(mark.column + 1, 65535));
    node.kind = kind;
    tree_.nodes_.push_back(node);
    return static_cast<std::uint32_t>(tree_.nodes_.size() - 1);
  }

  // Where the text stands in the arena. The first few texts, the keys of a route among them, come
  // again with every route and are kept once.
  std::uint32_t place(const std::string& text) {
    const auto end = static_cast<std::uint32_t>(tree_.arena_.size());
    const auto known = places_.find(text);
    if (known != places_.end()) {
      return known->second;
    }
    if (places_.size() < kMostShared) {
      places_.emplace(text, end);
    }
    tree_.arena_ += text;
    return end;
  }

  std::uint32_t attach(std::uint32_t node) {
    if (open_.empty()) {
      tree_.root_ = tree_.target(node);
      return node;
    }
    Open& parent = open_.back();
    if (parent.last_child == 0) {
      tree_.nodes_[parent.node].at = node;
    } else {
      Tree::Node& before = tree_.nodes_[parent.last_child];
      before.last = false;
      if (before.is_collection()) {
        before.size_or_next = node;
      }
    }
    parent.last_child = node;
    ++parent.size;
    return node;
  }

  void remember(YAML::anchor_t anchor, std::uint32_t node) {
    if (anchor != 0) {
      anchors_[anchor] = node;
      sizes_.try_emplace(node, 1);
    }
  }

  void open(const YAML::Mark& mark, Value::Kind kind, YAML::anchor_t anchor) {
    if (open_.size() >= kMostDepth) {
      throw Refused{at(mark, fmt::format("nested deeper than {} levels", kMostDepth))};
    }
    const std::uint32_t node = attach(make(mark, kind));
    open_.push_back({node, 0, anchor, 1});
  }

  void close() {
    const Open done = open_.back();
    open_.pop_back();
    if (done.anchor != 0) {
      anchors_[done.anchor] = done.node;
      sizes_[done.node] = done.size;
    }
    if (!open_.empty()) {
      open_.back().size += done.size;
    }
  }

  void find_duplicates(std::uint32_t map) {
    std::unordered_map<std::string_view, int> seen;
    bool is_key = true;
    for (std::uint32_t child = tree_.nodes_[map].at; child != 0;
         child = tree_.next(child), is_key = !is_key) {
      const Tree::Node& key = tree_.nodes_[tree_.target(child)];
      if (is_key && key.is_collection()) {
        refuse_key(key);
      }
      if (!is_key || key.kind != Value::Kind::Scalar) {
        continue;
      }
      const std::string_view text = std::string_view(tree_.arena_).substr(key.at, key.size_or_next);
      const auto [known, added] = seen.try_emplace(text, key.line);
      if (!added) {
        problems_.push_back(
            {key.line, key.column,
             fmt::format("the key `{}` is already on line {}", text, known->second),
             fmt::format("unmarshal errors: line {}: mapping key \"{}\" already defined at line {}",
                         key.line, text, known->second)});
      }
    }
  }

  // Most often a template that was not filled in: {{ name }} is a map as a key.
  void refuse_key(const Tree::Node& key) {
    const bool map = key.kind == Value::Kind::Map;
    if (!problems_.empty() && problems_.back().line == key.line) {
      return;  // its own key, in the inner map
    }
    problems_.push_back(
        {key.line, key.column,
         fmt::format("a {} stands for a key here; is this a template that was not filled in?",
                     map ? "map" : "list"),
         fmt::format("unmarshal errors: line {}: cannot unmarshal {} into string", key.line,
                     map ? "!!map" : "!!seq")});
  }

  Tree& tree_;
  std::vector<SyntaxProblem>& problems_;
  std::vector<Open> open_;
  std::unordered_map<std::string, std::uint32_t> places_;
  std::unordered_map<YAML::anchor_t, std::uint32_t> anchors_;
  std::unordered_map<std::uint32_t, std::uint64_t> sizes_;
  std::uint64_t aliased_ = 0;
};

Tree Tree::parse(std::string_view text, std::vector<SyntaxProblem>& problems) {
  Tree out;
  // What is reserved and not used costs no memory, unlike what is copied as a vector grows. A node
  // takes eight bytes of text or more in real files.
  out.nodes_.reserve(text.size() / 8 + 16);
  out.arena_.reserve(text.size());
  TreeBuilder builder(out, problems);
  if (auto fault = text_fault(text)) {
    problems.push_back(std::move(*fault));
    out.sound_ = false;
    return out;
  }
  MemoryBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      std::vector<SyntaxProblem> ignored;
      Tree second;
      TreeBuilder rest(second, ignored);
      if (parser.HandleNextDocument(rest)) {
        problems.push_back(
            {1, 1, "several YAML documents in one file; only the first is read", ""});
      }
    }
  } catch (const Refused& refused) {
    problems.push_back(refused.problem);
    out.root_ = 0;
    out.sound_ = false;
  } catch (const YAML::Exception& error) {
    const bool tab = tab_indented(text, error.mark.line);
    problems.push_back(
        {error.mark.line + 1, error.mark.column + 1,
         "not valid YAML: " + (tab ? "a tab in the indentation" : error.msg),
         fmt::format("line {}: {}", error.mark.line + 1,
                     tab ? "found character that cannot start any token" : "syntax error")});
    out.root_ = 0;
    out.sound_ = false;
  }
  return out;
}

std::uint32_t Tree::next(std::uint32_t child) const {
  const Node& node = nodes_[child];
  if (node.last) {
    return 0;
  }
  return node.is_collection() ? node.size_or_next : child + 1;
}

Value::Kind Value::kind() const {
  return tree_->nodes_[index_].kind;
}

std::string_view Value::text() const {
  const auto& node = tree_->nodes_[index_];
  return is_scalar() ? std::string_view(tree_->arena_).substr(node.at, node.size_or_next) : "";
}

bool Value::quoted() const {
  return tree_->nodes_[index_].quoted;
}
int Value::line() const {
  return tree_->nodes_[index_].line;
}
int Value::column() const {
  return tree_->nodes_[index_].column;
}

std::vector<Value> Value::items() const {
  std::vector<Value> out;
  if (!is_sequence()) {
    return out;
  }
  const std::uint32_t first = tree_->nodes_[index_].at;
  std::size_t count = 0;
  for (std::uint32_t child = first; child != 0; child = tree_->next(child)) {
    ++count;
  }
  out.reserve(count);
  for (std::uint32_t child = first; child != 0; child = tree_->next(child)) {
    out.push_back({tree_, tree_->target(child)});
  }
  return out;
}

std::vector<Value::Member> Value::members() const {
  std::vector<Member> out;
  std::vector<Value> merged;
  if (!is_map()) {
    return out;
  }
  const auto& nodes = tree_->nodes_;
  for (std::uint32_t child = nodes[index_].at; child != 0;) {
    const Value key(tree_, tree_->target(child));
    child = tree_->next(child);
    const Value value(tree_, tree_->target(child));
    child = tree_->next(child);
    if (key.text() == "<<" && !key.quoted()) {
      merged.push_back(value);
    } else {
      out.push_back({key, value});
    }
  }
  // https://yaml.org/type/merge.html: own keys win, then earlier maps of the list.
  for (std::size_t i = 0; i < merged.size(); ++i) {
    if (merged[i].is_sequence()) {
      const std::vector<Value> several = merged[i].items();
      merged.insert(merged.end(), several.begin(), several.end());
      continue;
    }
    for (const Member& member : merged[i].members()) {
      const bool known = std::ranges::any_of(
          out, [&member](const Member& one) { return one.key.text() == member.key.text(); });
      if (!known) {
        out.push_back(member);
      }
    }
  }
  return out;
}

}  // namespace prober::config
