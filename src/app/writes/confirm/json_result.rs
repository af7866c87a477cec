//! The result that is written in the operator's editor, as the dialog sees it.

use super::Confirm;
use super::extra_fields::ExtraField;
use super::field::Field;
use super::json_field::EditorResult;
use crate::app::action::EditedText;
use crate::data::messages::command::Command;

impl Confirm {
    /// Opens the editor, if the field that has the focus is written there.
    #[must_use]
    pub fn edit_command(&self) -> Option<Command> {
        match &self.extra {
            Some(ExtraField::Result(result)) if self.field == Field::Result => {
                Some(Command::Edit(result.text().to_owned()))
            }
            _ => None,
        }
    }

    /// The operator has left the editor.
    ///
    /// # Errors
    ///
    /// Nothing was written, and why: the dialog is to be closed.
    pub fn on_editor_closed(&mut self, text: EditedText) -> Result<(), String> {
        let Some(ExtraField::Result(result)) = &mut self.extra else {
            return Ok(());
        };
        match result.take(text) {
            EditorResult::Accepted => {
                self.field = Field::Reason;
                self.complaint = None;
            }
            EditorResult::Invalid(why) => {
                self.field = Field::Result;
                self.complaint = Some(why);
            }
            EditorResult::Unchanged(why) => return Err(why),
        }
        Ok(())
    }
}
